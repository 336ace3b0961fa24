"""Settings that are set and have no effect where the registry goes to: that is said."""

from __future__ import annotations

from collections.abc import Iterator

from solakube_core.plugin import Settings, Site
from solakube_registry.backup.variables import BACKUP_VARIABLES, RETENTION, SCHEDULE, TO
from solakube_registry.place import in_cluster

_CLUSTER_ALONE = (
    "REGISTRY_APP_NAME",
    "REGISTRY_MAINTENANCE_IMAGE",
    "REGISTRY_REGTOOL_IMAGE",
    "REGISTRY_METRICS",
    "REGISTRY_METRICS_LABELS",
    "REGISTRY_STORAGE_CLASS",
    "REGISTRY_PVC_SIZE",
    "REGISTRY_EXPOSE",
    "REGISTRY_INGRESS_CLASS",
    "REGISTRY_GATEWAY",
    "REGISTRY_NODE_PORT",
    "REGISTRY_TLS_SECRET_NAME",
    "REGISTRY_CERT_ISSUER",
    "REGISTRY_HOLDER_KINDS",
    "REGISTRY_GC_CLUSTER",
    "REGISTRY_PROXY_IMAGE",
    "REGISTRY_REPLICAS",
    "REGISTRY_ANNOUNCE",
    *(name for variable in BACKUP_VARIABLES if (name := variable.name).startswith("REGISTRY_") and name != TO),
)

_MACHINE_ALONE = (
    "REGISTRY_PORT",
    "REGISTRY_BINARY",
    "REGISTRY_PROXY_BINARY",
    "REGISTRY_DATA_DIR",
    "REGISTRY_LISTEN",
    "REGISTRY_TLS_CERTIFICATE",
    "REGISTRY_TLS_KEY",
)

_OF_OWN_BACKUPS = (SCHEDULE, *RETENTION.values())
"""Velero's settings that hold for the backups that the registry takes of itself, too."""

_NEEDS = {
    "REGISTRY_NETWORK_POLICY_FROM": "REGISTRY_NETWORK_POLICY",
    "REGISTRY_NETWORK_POLICY_METRICS_FROM": "REGISTRY_NETWORK_POLICY",
    "REGISTRY_METRICS_LABELS": "REGISTRY_METRICS",
    "REGISTRY_ROTATE_GRACE": "REGISTRY_ROTATE_SCHEDULE",
}
"""Setting to the one without which it means nothing, off or unset by default."""


def notes(settings: Settings, site: Site) -> Iterator[str]:
    """Yield which of the user's settings have no effect."""
    there = in_cluster(site)
    idle = [name for name in (_MACHINE_ALONE if there else _CLUSTER_ALONE) if _is_set(settings, name)]
    if not there and settings.get(TO):
        idle = [name for name in idle if name not in _OF_OWN_BACKUPS]
    if idle:
        have = "has" if len(idle) == 1 else "have"
        yield f"{', '.join(idle)} {have} no effect {'in a cluster' if there else 'on one machine'}"
    for name, other in _NEEDS.items() if there else ():
        if _is_set(settings, name) and settings.get(other) in (None, "", "off"):
            yield f"{name} has no effect: {other} is {settings.get(other) or 'not set'}"


def _is_set(settings: Settings, name: str) -> bool:
    given = settings.origin(name).is_given
    return given and (name, settings.get(name)) != ("REGISTRY_EXPOSE", "none")
