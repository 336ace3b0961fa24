"""The way for CronJobs to the maintenance program beside the data: HTTP, and a token that serves for nothing else.

To exec into the pod would have meant to read the registry's password and to change its data at will.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solakube_core.plugin import Manifest, ObjectRef
from solakube_registry.manifests.cron import Job
from solakube_registry.manifests.inputs import Inputs, head
from solakube_registry.manifests.pods import TOKEN_PATH
from solakube_registry.naming import MAINTENANCE_PORT


def way_in(inputs: Inputs) -> tuple[Manifest, ...]:
    """Return the token and the Service, apart from the registry's own, which may lead out of the cluster."""
    names = inputs.names
    token = {**head(names.token, inputs), "type": "Opaque", "stringData": {"token": inputs.token}}
    port = {"name": "maintenance", "port": MAINTENANCE_PORT, "protocol": "TCP", "targetPort": "maintenance"}
    spec = {"type": "ClusterIP", "selector": dict(names.selector), "ports": [port]}
    service = head(ObjectRef("v1", "Service", names.maintenance, names.namespace), inputs)
    return token, {**service, "spec": spec}


def asking(
    inputs: Inputs, name: str, container: str, cron: str, policy: Mapping[str, Any], *options: str, asks_cluster: bool
) -> Job:
    """Return a job that asks the program to do something.

    Args:
        options: of `trigger`, besides the way.
        name, container, cron, policy, asks_cluster: see `Job`.
    """
    names = inputs.names
    url = f"http://{names.maintenance}.{names.namespace}.svc:{MAINTENANCE_PORT}"
    return Job(
        name,
        container,
        cron,
        ("trigger", "--server", url, "--token", f"{TOKEN_PATH}/token", *options),
        policy,
        asks_cluster=asks_cluster,
        volumes=[{"name": "token", "secret": {"secretName": names.token.name, "defaultMode": 0o440}}],
        mounts=[{"name": "token", "mountPath": TOKEN_PATH, "readOnly": True}],
    )
