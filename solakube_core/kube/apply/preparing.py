"""What is really applied for an object of a plan, given what is already there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solakube_core.kube.objects.ownership import applied_by_us, labelled, made_by_us, marked_as_made
from solakube_core.model import Manifest, ObjectRef
from solakube_core.quantity import parse_quantity


def applicable(manifest: Manifest, component: str, live: Manifest | None) -> dict[str, Any] | None:
    """Return the object to apply; None where the live one is to be left as it is.

    Args:
        manifest: the object as the plan has it.
        component: whose it is.
        live: the object that is there, None where there is none.
    """
    wanted = labelled(manifest, component)
    if wanted["kind"] == "Namespace" and live is not None and not made_by_us(live):
        # A namespace that somebody else made stays theirs: its owner may not even let us change it.
        return None
    if live is None or not applied_by_us(live, component):
        # What it was made from is gone, or becomes ours by a write that changes the version itself.
        wanted["metadata"].pop("resourceVersion", None)
    if live is None or made_by_us(live):
        wanted = marked_as_made(wanted)
    if wanted["kind"] == "PersistentVolumeClaim" and live is not None:
        return _claim(wanted, live)
    return wanted


def is_owned(ref: ObjectRef, live: Mapping[ObjectRef, Manifest]) -> bool:
    """Tell whether an object of a plan is the component's: all are, but for a namespace that was there before."""
    return ref.kind != "Namespace" or ref not in live or made_by_us(live[ref])


def stale_strategy(wanted: Manifest, live: Manifest) -> dict[str, Any] | None:
    """Return the patch that must go before the object itself; None where nothing stands in its way.

    The server fills in strategy.rollingUpdate unasked. Nobody owns it then, so that applying leaves it, and
    then it is refused beside Recreate.
    """
    if wanted["kind"] != "Deployment" or _strategy(wanted).get("type") != "Recreate":
        return None
    if "rollingUpdate" not in _strategy(live):
        return None
    return {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}}


def _claim(wanted: dict[str, Any], live: Manifest) -> dict[str, Any]:
    """A claim keeps all that it was made with; its size alone can change, only upwards, and once it is bound.

    Source: Kubernetes documentation, Persistent Volumes, "Expanding Persistent Volumes Claims".
    """
    held = live["spec"]
    kept = {key: held[key] for key in wanted["spec"] if key in held}
    bound = (live.get("status") or {}).get("phase") == "Bound"
    size = max(_size(wanted["spec"]), _size(held), key=parse_quantity) if bound else _size(held)
    wanted["spec"] = {**kept, "resources": {"requests": {"storage": size}}}
    return wanted


def _size(claim_spec: Manifest) -> str:
    return str(claim_spec["resources"]["requests"]["storage"])


def _strategy(deployment: Manifest) -> Manifest:
    strategy: Manifest = deployment["spec"].get("strategy") or {}
    return strategy
