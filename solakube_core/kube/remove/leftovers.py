"""What else lives in a component's namespace, that removing the namespace would take along."""

from __future__ import annotations

from solakube_core.errors import SolakubeError
from solakube_core.kube.client.api import Api, Object, parallel
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


def foreign_objects(api: Api, recorded: Inventory) -> list[str]:
    """Name what lives in the component's namespace and is neither its own nor made for what is its own."""
    found = parallel(lambda version: _of_version(api, version, recorded), api.group_versions())
    return [name for names in found for name in names]


def _of_version(api: Api, version: str, recorded: Inventory) -> list[str]:
    try:
        kinds = api.listable_kinds(version)
    except SolakubeError:
        return [f"what there may be of {version}, which cannot be listed"]
    return [name for kind in kinds if kind not in _FLEETING for name in _foreign(api, version, kind, recorded)]


def _foreign(api: Api, api_version: str, kind: str, recorded: Inventory) -> list[str]:
    try:
        found = api.list_all(api_version, kind, recorded.namespace)
    except SolakubeError:
        return [f"what there may be of kind {kind}, which cannot be listed"]
    return [str(ObjectRef.of(live)) for live in found if _is_foreign(live, recorded)]


def _is_foreign(found: Object, recorded: Inventory) -> bool:
    metadata = found["metadata"]
    ref = ObjectRef.of(found)
    return not (
        metadata.get("ownerReferences")
        or (ref.kind, ref.name) in _MADE_BY_KUBERNETES
        or ref == recorded.ref
        or any(_same(ref, owned) for owned in recorded.refs)
        or _is_certificate_secret(found, recorded)
    )


def _same(ref: ObjectRef, owned: ObjectRef) -> bool:
    """Compare without the version: one object is served in all versions of its group."""
    return (ref.group, ref.kind, ref.name, ref.namespace) == (
        owned.group,
        owned.kind,
        owned.name,
        owned.namespace,
    )


def _is_certificate_secret(found: Object, recorded: Inventory) -> bool:
    """cert-manager names its Certificate on the Secrets that it makes, but sets no owner."""
    annotations = found["metadata"].get("annotations") or {}
    name = annotations.get("cert-manager.io/certificate-name")
    return any(ref.kind == "Certificate" and ref.name == name for ref in recorded.refs)
