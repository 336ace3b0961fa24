"""Whose an object is: labels, and the API server's record of who set which field (managedFields).

Server-side apply removes a field that its manager stops stating, but only if no other manager owns it. An
object that Helm or kubectl made keeps their fields, such as a container of another name, beside ours. On
adoption their ownership is therefore handed to us first, as kubectl does it for its own move to server-side
apply (k8s.io/client-go/util/csaupgrade); what our manifest does not state then goes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from solakube_core.model import CREATED_ANNOTATION, DATA_ANNOTATION, Manifest

MANAGER = "solakube"
"""Our name as field manager."""

_NAMELESS = "unknown"
"""What the API server calls a program that sends no User-Agent; who writes the record himself may leave it out."""

COMPONENT_LABEL = "solakube.io/component"
MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"

_DATA_KINDS = frozenset({"PersistentVolumeClaim", "Namespace", "CustomResourceDefinition"})
"""With them goes what others may have put there: all objects of a kind go with its definition."""

MARKED_KINDS = _DATA_KINDS | {"Secret"}
"""Kinds that hold what nobody can make again: those of others outlive the component that took them over."""

_SHARED_KINDS = frozenset({"PersistentVolumeClaim", "Namespace", "Secret", "ConfigMap"})
"""Kinds in which a leftover field does no harm, while a controller (a replicator, an issuer of certificates,
the volume binder) may be the one who fills it."""

_CONTROLLERS = frozenset(
    {
        "cloud-controller-manager",
        "cluster-autoscaler",
        "k3s",
        "kube-controller-manager",
        "kube-scheduler",
        "kubelet",
        "kubelite",
        "vpa-updater",
    }
)
"""Managers that fill in fields at run time, such as a Deployment's revision (k3s and microk8s run their
controllers in one process, and under its name)."""


def labels(component: str) -> dict[str, str]:
    """Return the labels of everything that belongs to a component."""
    return {MANAGED_BY_LABEL: MANAGER, COMPONENT_LABEL: component}


def labelled(manifest: Manifest, component: str) -> dict[str, Any]:
    """Return a plain copy of the manifest that carries the component's labels.

    Secrets' `stringData` is moved into `data`: it can be written but not read, so it always looks changed.
    """
    copy: dict[str, Any] = json.loads(json.dumps(manifest))
    copy["metadata"]["labels"] = {**(copy["metadata"].get("labels") or {}), **labels(component)}
    _encode_string_data(copy)
    return copy


def made_by_us(live: Manifest) -> bool:
    """Tell whether an object may be deleted: others' claims, Secrets and namespaces may not."""
    marked = CREATED_ANNOTATION in (live["metadata"].get("annotations") or {})
    return marked or live["kind"] not in MARKED_KINDS


def marked_as_made(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return an object that we are about to make with the mark that says so, if its kind takes one."""
    if manifest["kind"] not in MARKED_KINDS:
        return manifest
    metadata = manifest["metadata"]
    annotations = {**(metadata.get("annotations") or {}), CREATED_ANNOTATION: "true"}
    return {**manifest, "metadata": {**metadata, "annotations": annotations}}


def holds_data(live: Manifest) -> bool:
    """Tell whether an object is never removed unless the user asks for exactly that."""
    return live["kind"] in _DATA_KINDS or DATA_ANNOTATION in (live["metadata"].get("annotations") or {})


def outlives(live: Manifest) -> bool:
    """Tell whether an object stays where its component goes: it holds data, or what others put there."""
    return holds_data(live) or not made_by_us(live)


def leaving(live: Manifest) -> str:
    """Tell since when an object is being deleted and what holds it; "" where it is not."""
    metadata = live["metadata"]
    holders = ", ".join(metadata.get("finalizers") or (live.get("spec") or {}).get("finalizers") or ())
    held = f", held by {holders}" if holders else ""
    return f"since {metadata['deletionTimestamp']}{held}" if is_leaving(live) else ""


def is_leaving(live: Manifest) -> bool:
    """Tell whether an object's deletion was asked for: it is there until its finalizers are done."""
    return "deletionTimestamp" in live["metadata"]


def applied_by_us(live: Manifest, component: str) -> bool:
    """Tell whether an object is the component's and we applied it ourselves, at least once."""
    return component_of(live) == component and any(map(_is_ours, _entries(live)))


def makers(live: Manifest) -> tuple[str, ...]:
    """Name those who wrote an object, apart from us and from Kubernetes' own controllers."""
    return tuple(dict.fromkeys(map(_manager, filter(_is_predecessor, _entries(live)))))


def writers(live: Manifest) -> tuple[str, ...]:
    """Name all who ever wrote an object, and still hold a field of it."""
    return tuple(dict.fromkeys(map(_manager, _entries(live))))


def own_fields(live: Manifest) -> dict[str, Any]:
    """Return the fields that we hold, as a tree."""
    return _union(_fields(entry) for entry in _entries(live) if _manager(entry) == MANAGER)


def fields_of_others(live: Manifest) -> dict[str, dict[str, Any]]:
    """Return the fields that others hold, as a tree for each of them; none of kinds that controllers fill in."""
    found: dict[str, dict[str, Any]] = {}
    for entry in _entries(live) if live["kind"] not in _SHARED_KINDS else ():
        if _is_predecessor(entry) and (manager := _manager(entry)) != MANAGER:
            found[manager] = _union([found.get(manager, {}), _fields(entry)])
    return found


def component_of(live: Manifest) -> str:
    """Return the component that an object belongs to, "" when it is nobody's."""
    return str((live["metadata"].get("labels") or {}).get(COMPONENT_LABEL, ""))


def predecessors(live: Manifest) -> tuple[str, ...]:
    """Name the managers whose fields we take over with the object; none if there is nothing to take over."""
    return () if live["kind"] in _SHARED_KINDS else makers(live)


def has_no_record(live: Manifest) -> bool:
    """Tell whether the object lacks managedFields, so that nobody owns its fields."""
    return live["kind"] not in _SHARED_KINDS and not _entries(live)


def taken_over(live: Manifest) -> list[dict[str, Any]]:
    """Return the managedFields in which all that the predecessors owned is ours."""
    ours = [entry for entry in _entries(live) if _is_ours(entry) or _is_predecessor(entry)]
    others = [dict(entry) for entry in _entries(live) if entry not in ours]
    entry = {
        "manager": MANAGER,
        "operation": "Apply",
        "apiVersion": live["apiVersion"],
        **({"time": max(times)} if (times := [entry["time"] for entry in ours if "time" in entry]) else {}),
        "fieldsType": "FieldsV1",
        "fieldsV1": _union(map(_fields, ours)),
    }
    return [*others, entry]


def _encode_string_data(secret: dict[str, Any]) -> None:
    if secret["kind"] == "Secret" and "stringData" in secret:
        texts = secret.pop("stringData")
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        secret["data"] = {**(secret.get("data") or {}), **encoded}


def _entries(live: Manifest) -> tuple[Mapping[str, Any], ...]:
    return tuple(live["metadata"].get("managedFields") or ())


def _is_ours(entry: Mapping[str, Any]) -> bool:
    return _manager(entry) == MANAGER and entry["operation"] == "Apply" and not entry.get("subresource")


def _is_predecessor(entry: Mapping[str, Any]) -> bool:
    return not (_is_ours(entry) or entry.get("subresource") or _manager(entry) in _CONTROLLERS)


def _manager(entry: Mapping[str, Any]) -> str:
    return str(entry.get("manager") or _NAMELESS)


def _fields(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return entry.get("fieldsV1") or {}


def _union(fields: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Join field sets, which are trees whose branches are field names and list keys."""
    joined: dict[str, Any] = {}
    for tree in fields:
        for key, branch in tree.items():
            joined[key] = _union([joined.get(key, {}), branch])
    return joined
