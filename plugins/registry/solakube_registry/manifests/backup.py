"""The backups that the registry takes of itself: the volume that they go to, and the CronJob that asks for them.

The maintenance program takes them, in the registry's own pod, beside the images.
"""

from __future__ import annotations

from typing import Any

from solakube_core.plugin import Manifest
from solakube_registry.manifests.asking import asking
from solakube_registry.manifests.cron import cron_job, policy
from solakube_registry.manifests.inputs import BackedUp, Inputs
from solakube_registry.naming import BACKUP_PATH

BACKUP = "backup"


def backup_objects(inputs: Inputs, backed_up: BackedUp) -> tuple[Manifest, ...]:
    """Return what they take besides the way in. The claim is its owner's: it is neither made nor removed."""
    name = inputs.names.backup
    job = asking(inputs, name, BACKUP, backed_up.cron, backed_up.periods, "--backup", asks_cluster=False)
    return policy(inputs, job), cron_job(inputs, job)


def backup_volumes(inputs: Inputs) -> list[dict[str, Any]]:
    """Return the volume, of the registry's pod."""
    if not inputs.backed_up:
        return []
    return [{"name": BACKUP, "persistentVolumeClaim": {"claimName": inputs.backed_up.claim}}]


def backup_mounts(inputs: Inputs) -> list[dict[str, Any]]:
    """Return where the maintenance program has it; the registry itself never sees it."""
    return [{"name": BACKUP, "mountPath": BACKUP_PATH}] if inputs.backed_up else []


def backup_options(inputs: Inputs) -> list[str]:
    """Return how the program is told of it."""
    return ["--backup", BACKUP_PATH] if inputs.backed_up else []
