"""What else lives in a component's namespace, that removing the namespace would take along."""

from __future__ import annotations

from solakube_core.errors import SolakubeError
from solakube_core.kube.api import Api, Object, parallel
from solakube_core.kube.inventory import Inventory
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
    versions = api.group_versions()
    kinds = [
        (version, kind)
        for version, names in zip(versions, parallel(api.listable_kinds, versions), strict=True)
        for kind in names
        if kind not in _FLEETING
    ]
    return [name for names in parallel(lambda kind: _foreign(api, *kind, recorded), kinds) for name in names]


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
