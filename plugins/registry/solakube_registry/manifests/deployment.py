"""The Deployment: the registry and, beside it in the same pod, the maintenance program."""

from __future__ import annotations

import hashlib
from typing import Any

from solakube_core.plugin import Manifest
from solakube_registry.manifests.backup import backup_mounts, backup_options, backup_volumes
from solakube_registry.manifests.inputs import Inputs, head
from solakube_registry.manifests.monitoring import scrape_annotations
from solakube_registry.manifests.pods import (
    TOKEN_PATH,
    placing,
    program_environment,
    program_mounts,
    program_volumes,
    restricted,
    restricted_pod,
)
from solakube_registry.manifests.processes import (
    PASSWORDS_PATH,
    first_logins,
    login_mounts,
    login_volumes,
    password_files,
    processes,
    proxy_volumes,
)
from solakube_registry.manifests.sharing import data_mounts, first_announcement, sharing_environment, spreading
from solakube_registry.manifests.velero import velero_annotations
from solakube_registry.naming import LOGINS_PATH, MAINTENANCE_PORT, REGTOOL_CONTAINER

_HOSTNAME = "kubernetes.io/hostname"
_MANY = "ReadWriteMany"
_CERTIFICATE_PATH = "/etc/solakube-certificate"


def deployment(inputs: Inputs) -> Manifest:
    """Return the Deployment."""
    names = inputs.names
    return {
        **head(names.deployment, inputs),
        "spec": {
            "replicas": inputs.replicas,
            "revisionHistoryLimit": 3,
            "selector": {"matchLabels": dict(names.selector)},
            "strategy": _strategy(inputs),
            "template": {"metadata": _pod_metadata(inputs), "spec": _pod_spec(inputs)},
        },
    }


def _strategy(inputs: Inputs) -> dict[str, Any]:
    backup_modes = inputs.backed_up.access_modes if inputs.backed_up else ()
    if "ReadWriteOncePod" in (*inputs.access_modes, *backup_modes):
        # The new pod could not start before the old one gives the volume up.
        return {"type": "Recreate"}
    # The new pod is ready before the old one ends, so a change of configuration turns nobody away.
    # Both share the volume, so they must share its node: see _affinity.
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


def _pod_metadata(inputs: Inputs) -> dict[str, Any]:
    checksum = hashlib.sha256()
    front = (inputs.front.reader_config, inputs.front.proxy_config) if inputs.front else ()
    program = (part for item in sorted(inputs.regtool_files.items()) for part in item)
    for text in (inputs.config, inputs.bucket_keys, *front, *program):
        checksum.update(text.encode() + b"\0")
    annotations = {**scrape_annotations(inputs), **velero_annotations(inputs)}
    return {
        "labels": {**(inputs.value("podLabels") or {}), **inputs.names.selector},
        # Of the Secret the keys for a bucket are in it alone: the registry reads a changed htpasswd without a restart.
        "annotations": {**annotations, "checksum/config": checksum.hexdigest()},
    }


def _pod_spec(inputs: Inputs) -> dict[str, Any]:
    account = inputs.value("serviceAccount", "name")
    first = [*first_logins(inputs), *first_announcement(inputs), *(inputs.value("initContainers") or [])]
    return {
        # An object storage may know the registry by it. No token of the cluster comes with it.
        **({"serviceAccountName": account} if account else {}),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        # Longer than the registry's own draintimeout, so that running uploads end in peace.
        "terminationGracePeriodSeconds": 75,
        "securityContext": restricted_pod(),
        "affinity": _affinity(inputs),
        "containers": [*processes(inputs), *([_regtool(inputs)] if inputs.maintenance_image else [])],
        "volumes": _volumes(inputs),
        **placing(inputs),
        **spreading(inputs),
        **({"initContainers": first} if first else {}),
    }


def _affinity(inputs: Inputs) -> dict[str, Any]:
    """Keep a new pod on the node of the one it replaces: a ReadWriteOnce volume is on one node at a time.

    The scheduler lets the first pod of such a group go anywhere (Kubernetes, "Inter-pod affinity and
    anti-affinity": a term that matches the pod's own labels does not block it when no other pod matches).
    """
    affinity = dict(inputs.value("affinity") or {})
    shared = inputs.bucket is not None or _MANY in inputs.access_modes
    if inputs.backed_up and _MANY not in inputs.backed_up.access_modes:
        shared = False
    if "podAffinity" not in affinity and not shared:
        term = {"labelSelector": {"matchLabels": dict(inputs.names.selector)}, "topologyKey": _HOSTNAME}
        affinity["podAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    return affinity


def _regtool(inputs: Inputs) -> dict[str, Any]:
    mounts = [*data_mounts(inputs), *backup_mounts(inputs), *login_mounts(inputs)]
    command = [*inputs.regtool_command, *backup_options(inputs)]
    if inputs.token:
        mounts.append({"name": "token", "mountPath": TOKEN_PATH, "readOnly": True})
        command += ["--token", f"{TOKEN_PATH}/token"]
    if _certificate(inputs):
        mounts.append({"name": "certificate", "mountPath": _CERTIFICATE_PATH, "readOnly": True})
        command += ["--certificate", f"{_CERTIFICATE_PATH}/tls.crt"]
    if inputs.front:
        command += ["--logins", PASSWORDS_PATH, LOGINS_PATH]
    return {
        "name": REGTOOL_CONTAINER,
        "image": inputs.maintenance_image,
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "ports": [{"name": "maintenance", "containerPort": MAINTENANCE_PORT, "protocol": "TCP"}],
        "env": [*program_environment(inputs), *sharing_environment(inputs)],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": restricted(),
        "volumeMounts": [*mounts, *program_mounts(inputs)],
    }


def _volumes(inputs: Inputs) -> list[dict[str, Any]]:
    volumes: list[dict[str, Any]] = [
        *([] if inputs.bucket else [{"name": "data", **_data_source(inputs)}]),
        # 0440 with the pod's fsGroup: the registry's user can read it, nobody else on the node can.
        {"name": "config", "projected": {"sources": password_files(inputs), "defaultMode": 0o440}},
        *backup_volumes(inputs),
        *proxy_volumes(inputs),
        *login_volumes(inputs),
    ]
    if inputs.token:
        volumes.append({"name": "token", "secret": {"secretName": inputs.names.token.name, "defaultMode": 0o440}})
    if name := _certificate(inputs):
        # Without the key. Whoever makes it may do so later.
        source = {"secretName": name, "items": [{"key": "tls.crt", "path": "tls.crt"}], "optional": True}
        volumes.append({"name": "certificate", "secret": {**source, "defaultMode": 0o440}})
    return [*volumes, *program_volumes(inputs), *(inputs.value("extraVolumes") or [])]


def _certificate(inputs: Inputs) -> str:
    """Name the Secret of whose certificate the metrics tell when it ends; "" where nobody asks for them."""
    return inputs.monitoring.certificate if inputs.monitoring else ""


def _data_source(inputs: Inputs) -> dict[str, Any]:
    if not inputs.value("persistence", "enabled"):
        return {"emptyDir": {}}
    claim = inputs.value("persistence", "existingClaim") or inputs.names.claim.name
    return {"persistentVolumeClaim": {"claimName": claim}}
