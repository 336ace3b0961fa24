"""The CronJob that has the registry's pod maintain itself, and the little that it may.

It asks the maintenance program beside the data (see `asking`). So the only right that it needs is to list what names
images; with REGISTRY_GC_CLUSTER=keep or ignore it needs none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from solakube_regtool.cluster.kinds import Kind

from solakube_core.plugin import Manifest
from solakube_registry.manifests.asking import asking
from solakube_registry.manifests.cron import account, cron_job, policy, role
from solakube_registry.manifests.inputs import Inputs, Scheduled

MAINTENANCE = "maintenance"


def schedule_objects(inputs: Inputs, scheduled: Scheduled) -> tuple[Manifest, ...]:
    """Return what a schedule takes besides the way in, the CronJob at the end."""
    name, asks = inputs.names.maintenance, bool(scheduled.kinds)
    job = asking(inputs, name, MAINTENANCE, scheduled.cron, scheduled.policy, asks_cluster=asks)
    objects = [policy(inputs, job)]
    if scheduled.kinds:
        objects += [account(inputs, job), *role(inputs, job, list(_rules(scheduled.kinds)), namespace="")]
    return (*objects, cron_job(inputs, job))


def _rules(kinds: tuple[Kind, ...]) -> Iterator[dict[str, Any]]:
    for group in dict.fromkeys(kind.group for kind in kinds):
        resources = [kind.resource for kind in kinds if kind.group == group]
        yield {"apiGroups": [group], "resources": resources, "verbs": ["list"]}
