"""What storage a cluster has to offer."""

from __future__ import annotations

from collections.abc import Iterable

from solakube_core.kube.client.api import Api, parallel
from solakube_core.kube.client.faults import Forbidden
from solakube_core.model import Claim, Manifest, ObjectRef, StorageClass, StorageOffer

_GROUP = "storage.k8s.io/v1"
_DEFAULT = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
"""Kubernetes still honours the older one (pkg/volume/util/storageclass.go)."""


def offer(api: Api, claim: ObjectRef) -> StorageOffer:
    """Return the cluster's storage classes and drivers, and the claim if it exists.

    A claim keeps its class: who has one may do without the right to see the classes.
    """
    live = api.get(claim)
    try:
        classes, drivers, nodes = parallel(
            lambda kind: api.list_all(_GROUP, kind), ("StorageClass", "CSIDriver", "CSINode")
        )
    except Forbidden:
        if live is None:
            raise
        return StorageOffer(claim=existing_claim(live), seen=False)
    return StorageOffer(
        classes=tuple(storage_class(entry) for entry in classes),
        csi_drivers=frozenset(driver["metadata"]["name"] for driver in drivers),
        ready_drivers=registered_drivers(nodes),
        claim=existing_claim(live) if live else None,
    )


def storage_class(live: Manifest) -> StorageClass:
    """Read a StorageClass object. Pure."""
    annotations = live["metadata"].get("annotations") or {}
    return StorageClass(
        name=live["metadata"]["name"],
        provisioner=live["provisioner"],
        default=any(annotations.get(name) == "true" for name in _DEFAULT),
        expandable=bool(live.get("allowVolumeExpansion")),
        created=str(live["metadata"].get("creationTimestamp") or ""),
    )


def registered_drivers(nodes: Iterable[Manifest]) -> frozenset[str]:
    """Return the CSI drivers that at least one CSINode object lists. Pure."""
    return frozenset(driver["name"] for node in nodes for driver in node["spec"].get("drivers") or ())


def existing_claim(live: Manifest) -> Claim:
    """Read a PersistentVolumeClaim. Pure."""
    return Claim(
        ref=ObjectRef.of(live),
        storage_class=live["spec"].get("storageClassName") or "",
        size=live["spec"]["resources"]["requests"]["storage"],
        phase=(live.get("status") or {}).get("phase", "Pending"),
    )
