"""What else lives in a component's namespace, that removing the namespace would take along."""

from __future__ import annotations

from collections.abc import Sequence

from solakube_core.errors import SolakubeError
from solakube_core.kube.client.api import Api, Object, parallel
from solakube_core.kube.health.observing import Observe
from solakube_core.kube.holdings.inventory import Inventory
from solakube_core.model import ObjectRef

_MADE_BY_KUBERNETES = frozenset(
    {
        ("ServiceAccount", "default"),
        ("ConfigMap", "kube-root-ca.crt"),
        ("ConfigMap", "openshift-service-ca.crt"),
    }
)
_FLEETING = frozenset({"Event", "Endpoints", "EndpointSlice", "Lease", "PodMetrics", "ControllerRevision"})
"""Kinds that follow others or mean nothing by themselves."""


def foreign_objects(api: Api, recorded: Inventory, observe: Observe) -> list[str]:
    """Name what lives in the component's namespace and is neither its own nor made for what is its own.

    Args:
        observe: asks the plugins what an object was made for.
    """
    found = parallel(lambda version: _of_version(api, version, recorded), api.group_versions())
    strangers = [entry for group in found for entry in group if not _is_made(entry, recorded, observe)]
    return [entry if isinstance(entry, str) else str(ObjectRef.of(entry)) for entry in strangers]


def _of_version(api: Api, version: str, recorded: Inventory) -> list[Object | str]:
    try:
        kinds = api.listable_kinds(version)
    except SolakubeError:
        return [f"what there may be of {version}, which cannot be listed"]
    return [found for kind in kinds if kind not in _FLEETING for found in _foreign(api, version, kind, recorded)]


def _foreign(api: Api, api_version: str, kind: str, recorded: Inventory) -> Sequence[Object | str]:
    try:
        found = api.list_all(api_version, kind, recorded.namespace)
    except SolakubeError:
        return [f"what there may be of kind {kind}, which cannot be listed"]
    return [live for live in found if _is_foreign(live, recorded)]


def _is_foreign(found: Object, recorded: Inventory) -> bool:
    metadata = found["metadata"]
    ref = ObjectRef.of(found)
    return not (
        metadata.get("ownerReferences")
        or (ref.kind, ref.name) in _MADE_BY_KUBERNETES
        or ref == recorded.ref
        or any(_same(ref, owned) for owned in recorded.refs)
    )


def _is_made(found: Object | str, recorded: Inventory, observe: Observe) -> bool:
    """Tell whether a plugin says that an object was made for one of the component's."""
    try:
        answer = None if isinstance(found, str) else observe(found)
    except SolakubeError:
        return False
    made_for = answer.made_for if answer else None
    return made_for is not None and any(_same(made_for, owned) for owned in recorded.refs)


def _same(ref: ObjectRef, owned: ObjectRef) -> bool:
    """Compare without the version: one object is served in all versions of its group."""
    return (ref.group, ref.kind, ref.name, ref.namespace) == (
        owned.group,
        owned.kind,
        owned.name,
        owned.namespace,
    )
