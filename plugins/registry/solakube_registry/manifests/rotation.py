"""The CronJob that gives namespaces new logins, and the little that it may.

It reads and changes the registry's Secret, and in every namespace the Secret `private-registry`: those by name, and no
other.
"""

from __future__ import annotations

from typing import Any

from solakube_core.plugin import Manifest
from solakube_registry.manifests.cron import Job, account, cron_job, policy, role
from solakube_registry.manifests.inputs import Inputs, Rotated

ROTATION = "rotation"


def rotation_objects(inputs: Inputs, rotated: Rotated) -> tuple[Manifest, ...]:
    """Return what the rotation takes, the CronJob at the end."""
    job = Job(inputs.names.rotation, ROTATION, rotated.cron, ("rotate",), rotated.order, asks_cluster=True)
    return (
        policy(inputs, job),
        account(inputs, job),
        *role(inputs, job, [_secret(rotated.order["secret"])], inputs.names.namespace),
        *role(inputs, job, [_secret(rotated.order["pull_secret"])], namespace=""),
        cron_job(inputs, job),
    )


def _secret(name: str) -> dict[str, Any]:
    return {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [name], "verbs": ["get", "patch"]}
