"""Why the registry is not backed up, in the order in which the original asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solakube_core.plugin import Access, ObjectRef, Problem
from solakube_registry.backup.schedules import API, NAMESPACE
from solakube_registry.backup.variables import BACKUP_VARIABLES

if TYPE_CHECKING:
    from solakube_core.plugin import Settings, Site

_DEFINITION = ObjectRef("apiextensions.k8s.io/v1", "CustomResourceDefinition", "schedules.velero.io")


def reason_against(settings: Settings, site: Site) -> str:
    """Return why no backup is wanted or possible here, "" where one is."""
    if settings.cluster_type in ("minikube", "local"):
        return f"clusters of type {settings.cluster_type} are not backed up by Velero"
    if not settings.boolean("VELERO_APP_BACKUPS_ENABLED"):
        return f"VELERO_APP_BACKUPS_ENABLED is off ({settings.origin('VELERO_APP_BACKUPS_ENABLED')})"
    if site.get(ObjectRef("v1", "Namespace", NAMESPACE)) is None:
        return f"Velero is not installed: the cluster has no namespace {NAMESPACE}"
    if site.get(_DEFINITION) is None:
        return "Velero is not installed: the cluster does not know its Schedules (schedules.velero.io)"
    if not settings.boolean("REGISTRY_BACKUP_ENABLED"):
        return f"REGISTRY_BACKUP_ENABLED is off ({settings.origin('REGISTRY_BACKUP_ENABLED')})"
    return ""


def problems(settings: Settings, site: Site) -> list[Problem]:
    """Return everything that stands in the way of a backup that is wanted."""
    found = list(settings.problems(BACKUP_VARIABLES))
    location = settings.require("REGISTRY_BACKUP_LOCATION_NAME")
    if site.get(ObjectRef(API, "BackupStorageLocation", location, NAMESPACE)) is None:
        there = [item["metadata"]["name"] for item in site.list(API, "BackupStorageLocation", NAMESPACE)]
        why = f"Velero has: {', '.join(sorted(there)) or 'none'}"
        what = f"there is no BackupStorageLocation {location}"
        found.append(Problem(what, why, "correct REGISTRY_BACKUP_LOCATION_NAME"))
    needed = [Access(verb, "velero.io", "schedules", NAMESPACE) for verb in ("get", "create", "patch", "delete")]
    found += [Problem(f"you may not {access}", "", "ask an administrator") for access in site.denied(needed)]
    return found
