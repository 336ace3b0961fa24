"""The CronJob that has the registry's pod maintain itself, and the little that it may.

It asks the maintenance program beside the data over HTTP, by a token that serves for nothing else. So the only right
that it needs is to list what names images; with REGISTRY_GC_CLUSTER=keep or ignore it needs none. (To exec into the pod
would have meant to read the registry's password and to change its data at will.)
"""

from __future__ import annotations

import json
from typing import Any

from solakube_regtool.cluster.kinds import Kind

from solakube_core.plugin import Manifest, ObjectRef
from solakube_registry.manifests.inputs import Inputs, Scheduled, head
from solakube_registry.manifests.pods import (
    TOKEN_PATH,
    placing,
    program_environment,
    program_mounts,
    program_volumes,
    restricted,
    restricted_pod,
)
from solakube_registry.naming import MAINTENANCE_PORT

TIME_ZONE = "Etc/UTC"

_RBAC = "rbac.authorization.k8s.io"
_POLICY_PATH = "/etc/solakube-policy"
_MISSED_SECONDS = 3600
_LONGEST_SECONDS = 6 * 3600
_RETRIES = 2


def schedule_objects(inputs: Inputs, scheduled: Scheduled) -> tuple[Manifest, ...]:
    """Return what a schedule takes, the CronJob at the end."""
    objects = [_token(inputs, scheduled), _policy(inputs, scheduled), _service(inputs)]
    if scheduled.kinds:
        objects += [_account(inputs), _role(inputs, scheduled.kinds), _binding(inputs)]
    return (*objects, _cron_job(inputs, scheduled))


def _token(inputs: Inputs, scheduled: Scheduled) -> Manifest:
    return {**head(inputs.names.token, inputs), "type": "Opaque", "stringData": {"token": scheduled.token}}


def _policy(inputs: Inputs, scheduled: Scheduled) -> Manifest:
    return {**_head(inputs, "v1", "ConfigMap"), "data": {"policy.json": json.dumps(scheduled.policy, indent=1) + "\n"}}


def _service(inputs: Inputs) -> Manifest:
    """The way to the maintenance program: apart from the registry's own, which may lead out of the cluster."""
    port = {"name": "maintenance", "port": MAINTENANCE_PORT, "protocol": "TCP", "targetPort": "maintenance"}
    spec = {"type": "ClusterIP", "selector": dict(inputs.names.selector), "ports": [port]}
    return {**_head(inputs, "v1", "Service"), "spec": spec}


def _account(inputs: Inputs) -> Manifest:
    return {**_head(inputs, "v1", "ServiceAccount"), "automountServiceAccountToken": False}


def _role(inputs: Inputs, kinds: tuple[Kind, ...]) -> Manifest:
    groups = dict.fromkeys(kind.group for kind in kinds)
    rules = [
        {"apiGroups": [group], "resources": [kind.resource for kind in kinds if kind.group == group], "verbs": ["list"]}
        for group in groups
    ]
    return {**_head(inputs, f"{_RBAC}/v1", "ClusterRole", namespace=""), "rules": rules}


def _binding(inputs: Inputs) -> Manifest:
    name = inputs.names.maintenance
    subject = {"kind": "ServiceAccount", "name": name, "namespace": inputs.names.namespace}
    role = {"apiGroup": _RBAC, "kind": "ClusterRole", "name": name}
    made = _head(inputs, f"{_RBAC}/v1", "ClusterRoleBinding", namespace="")
    return {**made, "subjects": [subject], "roleRef": role}


def _cron_job(inputs: Inputs, scheduled: Scheduled) -> Manifest:
    job = {
        "backoffLimit": _RETRIES,
        "activeDeadlineSeconds": _LONGEST_SECONDS,
        "template": {"metadata": {"labels": pod_labels(inputs)}, "spec": _pod_spec(inputs, scheduled)},
    }
    spec = {
        "schedule": scheduled.cron,
        # Else it would be that of whichever machine runs the controllers.
        "timeZone": TIME_ZONE,
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": _MISSED_SECONDS,
        "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 1,
        "jobTemplate": {"metadata": {"labels": inputs.labels()}, "spec": job},
    }
    return {**_head(inputs, "batch/v1", "CronJob"), "spec": spec}


def pod_labels(inputs: Inputs) -> dict[str, str]:
    """Return the labels of the job's pods, their own: with the registry's the Service would take it for a registry."""
    return {**inputs.labels(), "app": "docker-registry-maintenance"}


def _pod_spec(inputs: Inputs, scheduled: Scheduled) -> dict[str, Any]:
    name = inputs.names.maintenance
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": bool(scheduled.kinds),
        # Left out it would stay: the server keeps a copy in the older field serviceAccount.
        "serviceAccountName": name if scheduled.kinds else "default",
        "enableServiceLinks": False,
        "securityContext": restricted_pod(),
        "containers": [_container(inputs)],
        "volumes": [
            {"name": "policy", "configMap": {"name": name, "defaultMode": 0o444}},
            {"name": "token", "secret": {"secretName": inputs.names.token.name, "defaultMode": 0o440}},
            *program_volumes(inputs),
        ],
        **placing(inputs),
    }


def _container(inputs: Inputs) -> dict[str, Any]:
    url = f"http://{inputs.names.maintenance}.{inputs.names.namespace}.svc:{MAINTENANCE_PORT}"
    files = ["--token", f"{TOKEN_PATH}/token", "--policy", f"{_POLICY_PATH}/policy.json"]
    return {
        "name": "maintenance",
        "image": inputs.maintenance_image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-m", "solakube_regtool", "trigger", "--server", url, *files],
        "env": program_environment(inputs),
        # So that `sk status` can tell why a run failed, when its pod is gone from the node.
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
        "securityContext": restricted(),
        "volumeMounts": [
            {"name": "policy", "mountPath": _POLICY_PATH, "readOnly": True},
            {"name": "token", "mountPath": TOKEN_PATH, "readOnly": True},
            *program_mounts(inputs),
        ],
    }


def _head(inputs: Inputs, api_version: str, kind: str, namespace: str | None = None) -> dict[str, Any]:
    place = inputs.names.namespace if namespace is None else namespace
    return head(ObjectRef(api_version, kind, inputs.names.maintenance, place), inputs)
