"""CronJobs that run the maintenance program."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from solakube_core.plugin import Manifest, ObjectRef
from solakube_registry.manifests.inputs import Inputs, head
from solakube_registry.manifests.pods import (
    placing,
    program_environment,
    program_mounts,
    program_volumes,
    restricted,
    restricted_pod,
)

TIME_ZONE = "Etc/UTC"
RBAC = "rbac.authorization.k8s.io"

_POLICY_PATH = "/etc/solakube-policy"
_MISSED_SECONDS = 3600
_LONGEST_SECONDS = 6 * 3600
_RETRIES = 2


@dataclass(frozen=True)
class Job:
    """A job of the maintenance program.

    Attributes:
        name: of all its objects.
        container: what it does, in a word: the container's name, and the end of its pods' label.
        cron: when.
        arguments: of the program, but for --policy.
        policy: what --policy names.
        asks_cluster: it has a service account of its name, and a token.
        volumes, mounts: besides those of program and policy.
    """

    name: str
    container: str
    cron: str
    arguments: Sequence[str]
    policy: Mapping[str, Any]
    asks_cluster: bool
    volumes: Sequence[Mapping[str, Any]] = ()
    mounts: Sequence[Mapping[str, Any]] = ()


def job_head(inputs: Inputs, job: Job, api_version: str, kind: str, namespace: str | None = None) -> dict[str, Any]:
    """Return what each of a job's objects begins with."""
    place = inputs.names.namespace if namespace is None else namespace
    return head(ObjectRef(api_version, kind, job.name, place), inputs)


def policy(inputs: Inputs, job: Job) -> Manifest:
    """Return the ConfigMap with what is to be done."""
    return {
        **job_head(inputs, job, "v1", "ConfigMap"),
        "data": {"policy.json": json.dumps(job.policy, indent=1) + "\n"},
    }


def account(inputs: Inputs, job: Job) -> Manifest:
    """Return its service account."""
    return {**job_head(inputs, job, "v1", "ServiceAccount"), "automountServiceAccountToken": False}


def role(inputs: Inputs, job: Job, rules: Sequence[Mapping[str, Any]], namespace: str) -> tuple[Manifest, Manifest]:
    """Return a role of its account, and what binds it: in a namespace, or cluster-wide for "" ."""
    kind = "Role" if namespace else "ClusterRole"
    made = {**job_head(inputs, job, f"{RBAC}/v1", kind, namespace), "rules": list(rules)}
    subject = {"kind": "ServiceAccount", "name": job.name, "namespace": inputs.names.namespace}
    named = {"apiGroup": RBAC, "kind": kind, "name": job.name}
    binding = job_head(inputs, job, f"{RBAC}/v1", f"{kind}Binding", namespace)
    return made, {**binding, "subjects": [subject], "roleRef": named}


def cron_job(inputs: Inputs, job: Job) -> Manifest:
    """Return the CronJob."""
    template = {"metadata": {"labels": pod_labels(inputs, job.container)}, "spec": _pod_spec(inputs, job)}
    spec = {
        "schedule": job.cron,
        # Else it would be that of whichever machine runs the controllers.
        "timeZone": TIME_ZONE,
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": _MISSED_SECONDS,
        "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 1,
        "jobTemplate": {
            "metadata": {"labels": inputs.labels()},
            "spec": {"backoffLimit": _RETRIES, "activeDeadlineSeconds": _LONGEST_SECONDS, "template": template},
        },
    }
    return {**job_head(inputs, job, "batch/v1", "CronJob"), "spec": spec}


def pod_labels(inputs: Inputs, container: str) -> dict[str, str]:
    """Return the labels of a job's pods, their own: with the registry's the Service would take it for a registry."""
    return {**inputs.labels(), "app": f"docker-registry-{container}"}


def _pod_spec(inputs: Inputs, job: Job) -> dict[str, Any]:
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": job.asks_cluster,
        # Left out it would stay: the server keeps a copy in the older field serviceAccount.
        "serviceAccountName": job.name if job.asks_cluster else "default",
        "enableServiceLinks": False,
        "securityContext": restricted_pod(),
        "containers": [_container(inputs, job)],
        "volumes": [
            {"name": "policy", "configMap": {"name": job.name, "defaultMode": 0o444}},
            *job.volumes,
            *program_volumes(inputs),
        ],
        **placing(inputs),
    }


def _container(inputs: Inputs, job: Job) -> dict[str, Any]:
    return {
        "name": job.container,
        "image": inputs.maintenance_image,
        "imagePullPolicy": "IfNotPresent",
        "command": [
            *("python3", "-m", "solakube_regtool", *job.arguments),
            *("--policy", f"{_POLICY_PATH}/policy.json"),
        ],
        "env": program_environment(inputs),
        # So that `sk status` can tell why a run failed, when its pod is gone from the node.
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
        "securityContext": restricted(),
        "volumeMounts": [
            {"name": "policy", "mountPath": _POLICY_PATH, "readOnly": True},
            *job.mounts,
            *program_mounts(inputs),
        ],
    }
