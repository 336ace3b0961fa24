"""Removing what a component owns, and waiting until it is gone."""

from __future__ import annotations

import time
from collections.abc import Iterable

from solakube_core.engine import Progress
from solakube_core.errors import SolakubeError
from solakube_core.kube import inventory
from solakube_core.kube.api import Api, Object
from solakube_core.kube.inventory import Inventory
from solakube_core.kube.leftovers import foreign_objects
from solakube_core.kube.ownership import KEPT_KINDS, component_of
from solakube_core.kube.preparing import is_our_namespace
from solakube_core.model import ObjectRef

REMOVAL_TIMEOUT = 180.0
"""Seconds until a removal gives up: pods get 30 s to end, and a volume must be detached."""

_PAUSE = 0.3
_OWNERS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Certificate"})


def removal(api: Api, component: str, delete_data: bool, namespace: str) -> tuple[str, ...]:
    """Name what `remove` would remove."""
    recorded = inventory.find(api, component, namespace)
    if recorded is None:
        return ()
    return tuple(_described(api, ref) for ref in _doomed(api, recorded, delete_data))


def remove(api: Api, component: str, delete_data: bool, progress: Progress, namespace: str) -> None:
    """Remove the component's objects; claims and the namespace only when the data is to go, too.

    Args:
        namespace: where it is; "" to look for it.

    Raises:
        SolakubeError: something does not go away.
    """
    recorded = inventory.find(api, component, namespace)
    if recorded is None:
        progress.say(f"{component} is not deployed: nothing to remove")
        return
    doomed = _doomed(api, recorded, delete_data)
    kept = [ref for ref in recorded.refs if ref not in doomed]
    for ref in doomed:
        progress.now(f"removing {ref}")
        _delete(api, ref)
    left = wait_gone(api, doomed, progress, time.monotonic() + REMOVAL_TIMEOUT)
    if left:
        raise _stuck(left)
    _close(api, recorded.holding(kept), delete_data)
    _tell_rest(api, recorded, delete_data, progress)


def delete_owned(api: Api, ref: ObjectRef, component: str) -> bool:
    """Delete an object if it is there and still the component's; tell whether it was."""
    live = api.get(ref)
    if live is None or component_of(live) != component:
        return False
    _delete(api, ref)
    return True


def wait_gone(api: Api, refs: Iterable[ObjectRef], progress: Progress, deadline: float) -> list[ObjectRef]:
    """Wait until objects are gone and return those that still are there at the deadline.

    Args:
        deadline: on the clock of time.monotonic().
    """
    left = list(api.get_many(refs))
    while left and time.monotonic() < deadline:
        progress.now(f"waiting until {left[0]} is gone" + (f" (and {len(left) - 1} more)" if left[1:] else ""))
        time.sleep(_PAUSE)
        left = list(api.get_many(left))
    return left


def _doomed(api: Api, recorded: Inventory, delete_data: bool) -> list[ObjectRef]:
    """Return what goes, the last applied first and what holds data at the end.

    An object that has lost our label has found another owner.
    """
    refs = [ref for ref in reversed(recorded.refs) if ref.kind not in KEPT_KINDS]
    if delete_data:
        refs += [ref for ref in recorded.refs if ref.kind == "PersistentVolumeClaim"]
        refs += [ref for ref in recorded.refs if ref.kind == "Namespace"]
    return [
        ref
        for ref, found in api.get_many(refs).items()
        if component_of(found) == recorded.component and (ref.kind != "Namespace" or _may_go(api, recorded, found))
    ]


def _may_go(api: Api, recorded: Inventory, namespace: Object) -> bool:
    return is_our_namespace(namespace) and not foreign_objects(api, recorded)


def _delete(api: Api, ref: ObjectRef) -> None:
    # An owner that waits for what it owns (its pods) is gone only when they are.
    api.delete(ref, "Foreground" if ref.kind in _OWNERS else "Background")


def _described(api: Api, ref: ObjectRef) -> str:
    if ref.kind != "PersistentVolumeClaim":
        return str(ref)
    live = api.get(ref)
    size = live["spec"]["resources"]["requests"]["storage"] if live else "?"
    return f"{ref} ({size}) and all data on it"


def _close(api: Api, remaining: Inventory, delete_data: bool) -> None:
    """Write down what is left, so that a later run finds it; nothing left, no inventory."""
    if delete_data or not any(ref.kind in KEPT_KINDS for ref in remaining.refs):
        api.delete(remaining.ref)
    else:
        inventory.save(api, remaining)


def _tell_rest(api: Api, recorded: Inventory, delete_data: bool, progress: Progress) -> None:
    if not delete_data:
        for ref in recorded.refs:
            if ref.kind == "PersistentVolumeClaim":
                progress.say(f"kept {ref} with its data")
        return
    namespace = api.get(ObjectRef("v1", "Namespace", recorded.namespace))
    if namespace is not None:
        others = ", ".join(foreign_objects(api, recorded)[:5])
        why = f"it holds {others}" if others else "sk did not make it"
        progress.say(f"kept the namespace {recorded.namespace}: {why}")


def _stuck(left: list[ObjectRef]) -> SolakubeError:
    return SolakubeError(
        f"{', '.join(map(str, left))} did not go away",
        f"the deletion was asked for and has not ended within {REMOVAL_TIMEOUT:.0f} s",
        "see what holds it by `kubectl describe`, and run the same command again",
    )
