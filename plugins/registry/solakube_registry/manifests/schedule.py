"""The CronJob that has the registry's pod maintain itself, and the little that it may.

It asks the maintenance program beside the data over HTTP, by a token that serves for nothing else. So the only right
that it needs is to list what names images; with REGISTRY_GC_CLUSTER=keep or ignore it needs none. (To exec into the pod
would have meant to read the registry's password and to change its data at will.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from solakube_regtool.cluster.kinds import Kind

from solakube_core.plugin import Manifest
from solakube_registry.manifests.cron import Job, account, cron_job, job_head, policy, role
from solakube_registry.manifests.inputs import Inputs, Scheduled, head
from solakube_registry.manifests.pods import TOKEN_PATH
from solakube_registry.naming import MAINTENANCE_PORT

MAINTENANCE = "maintenance"


def schedule_objects(inputs: Inputs, scheduled: Scheduled) -> tuple[Manifest, ...]:
    """Return what a schedule takes, the CronJob at the end."""
    job = _job(inputs, scheduled)
    objects = [_token(inputs, scheduled), policy(inputs, job), _service(inputs, job)]
    if scheduled.kinds:
        objects += [account(inputs, job), *role(inputs, job, list(_rules(scheduled.kinds)), namespace="")]
    return (*objects, cron_job(inputs, job))


def _job(inputs: Inputs, scheduled: Scheduled) -> Job:
    names = inputs.names
    url = f"http://{names.maintenance}.{names.namespace}.svc:{MAINTENANCE_PORT}"
    return Job(
        names.maintenance,
        MAINTENANCE,
        scheduled.cron,
        ("trigger", "--server", url, "--token", f"{TOKEN_PATH}/token"),
        scheduled.policy,
        asks_cluster=bool(scheduled.kinds),
        volumes=[{"name": "token", "secret": {"secretName": names.token.name, "defaultMode": 0o440}}],
        mounts=[{"name": "token", "mountPath": TOKEN_PATH, "readOnly": True}],
    )


def _token(inputs: Inputs, scheduled: Scheduled) -> Manifest:
    return {**head(inputs.names.token, inputs), "type": "Opaque", "stringData": {"token": scheduled.token}}


def _service(inputs: Inputs, job: Job) -> Manifest:
    """The way to the maintenance program: apart from the registry's own, which may lead out of the cluster."""
    port = {"name": "maintenance", "port": MAINTENANCE_PORT, "protocol": "TCP", "targetPort": "maintenance"}
    spec = {"type": "ClusterIP", "selector": dict(inputs.names.selector), "ports": [port]}
    return {**job_head(inputs, job, "v1", "Service"), "spec": spec}


def _rules(kinds: tuple[Kind, ...]) -> Iterator[dict[str, Any]]:
    for group in dict.fromkeys(kind.group for kind in kinds):
        resources = [kind.resource for kind in kinds if kind.group == group]
        yield {"apiGroups": [group], "resources": resources, "verbs": ["list"]}
