"""Velero's Schedules (velero.io/v1). Pure: they are returned."""

from __future__ import annotations

from dataclasses import dataclass

from solakube_core.plugin import Manifest, ObjectRef, Settings
from solakube_registry.naming import Names

API = "velero.io/v1"
NAMESPACE = "velero"
PROFILE = "default"

# With its cluster-wide resources a backup shall hold the registry's volume, not the whole cluster.
_CLUSTER_WIDE = (
    "apiservices.apiregistration.k8s.io",
    "certificatesigningrequests.certificates.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
    "csidrivers.storage.k8s.io",
    "csinodes.storage.k8s.io",
    "customresourcedefinitions.apiextensions.k8s.io",
    "ingressclasses.networking.k8s.io",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "nodes",
    "priorityclasses.scheduling.k8s.io",
    "storageclasses.storage.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
    "volumeattachments.storage.k8s.io",
)


@dataclass(frozen=True)
class Period:
    """A kind of backup.

    Attributes:
        name: daily, monthly or yearly.
        hours: of one unit of its retention, the longest month and year.
    """

    name: str
    hours: int


PERIODS = (Period("daily", 24), Period("monthly", 24 * 31), Period("yearly", 24 * 366))


def schedules(settings: Settings) -> tuple[Manifest, ...]:
    """Return the schedule of each period whose retention is not 0."""
    return tuple(_schedule(settings, period) for period in PERIODS if _retention(settings, period) > 0)


def unwanted(settings: Settings) -> tuple[ObjectRef, ...]:
    """Name the schedules of the periods whose retention is 0."""
    return tuple(_ref(settings, period) for period in PERIODS if _retention(settings, period) <= 0)


def _retention(settings: Settings, period: Period) -> int:
    return settings.integer(f"REGISTRY_BACKUP_RETENTION_{period.name.upper()}")


def _ref(settings: Settings, period: Period) -> ObjectRef:
    return ObjectRef(API, "Schedule", f"{Names.of(settings).app}-{PROFILE}-{period.name}", NAMESPACE)


def _schedule(settings: Settings, period: Period) -> Manifest:
    ref = _ref(settings, period)
    # Backups take the labels of their schedule over.
    labels = {"application": Names.of(settings).app, "profile": PROFILE}
    return {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        "metadata": {"name": ref.name, "namespace": ref.namespace, "labels": labels},
        "spec": {
            "schedule": settings.require(f"REGISTRY_BACKUP_SCHEDULE_{period.name.upper()}"),
            "template": {
                "storageLocation": settings.require("REGISTRY_BACKUP_LOCATION_NAME"),
                "ttl": f"{_retention(settings, period) * period.hours}h0m0s",
                "includedNamespaces": list(settings.items_of("REGISTRY_BACKUP_NAMESPACES")),
                "includedResources": list(settings.items_of("REGISTRY_BACKUP_RESOURCES")),
                "excludedResources": _excluded(settings),
                "includeClusterResources": settings.boolean("REGISTRY_BACKUP_CLUSTER_RESOURCES"),
                "snapshotVolumes": settings.boolean("REGISTRY_BACKUP_SNAPSHOT_VOLUMES"),
            },
        },
    }


def _excluded(settings: Settings) -> list[str]:
    own = settings.items_of("REGISTRY_BACKUP_RESOURCES_EXCLUDED")
    return list(dict.fromkeys((*own, *_CLUSTER_WIDE)))
