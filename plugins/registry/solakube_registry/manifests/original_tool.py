"""The original's tool: a Deployment under the original's own name, and the Secret with its login."""

from __future__ import annotations

import hashlib
from typing import Any

from solakube_core.plugin import Manifest, ObjectRef
from solakube_registry.manifests.inputs import Inputs, OriginalTool, head
from solakube_registry.manifests.pods import placing, restricted, restricted_pod
from solakube_registry.naming import ORIGINAL_TOOL

_LOGIN = "BASIC_AUTH"

# The image's own entrypoint would do one thing and end. Programs are run in it with exec.
_WAITING = "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done"


def original_tool(inputs: Inputs, tool: OriginalTool) -> tuple[Manifest, ...]:
    """Return the Secret and the Deployment."""
    spec = {
        "replicas": 1,
        "revisionHistoryLimit": 3,
        # As the original's, so that it can be adopted: an existing Deployment's selector cannot be changed.
        "selector": {"matchLabels": dict(inputs.names.tool_selector)},
        "template": {"metadata": _pod_metadata(inputs, tool), "spec": _pod_spec(inputs, tool)},
    }
    return (
        {**_head(inputs, "v1", "Secret"), "type": "Opaque", "stringData": {_LOGIN: tool.login}},
        {**_head(inputs, "apps/v1", "Deployment"), "spec": spec},
    )


def _head(inputs: Inputs, api_version: str, kind: str) -> dict[str, Any]:
    made = head(ObjectRef(api_version, kind, ORIGINAL_TOOL, inputs.names.namespace), inputs)
    made["metadata"]["labels"] = _labels(inputs)
    return made


def _labels(inputs: Inputs) -> dict[str, str]:
    """Not the registry's: its Service would take the pod for a registry."""
    return {**inputs.labels(), **inputs.names.tool_selector}


def _pod_metadata(inputs: Inputs, tool: OriginalTool) -> dict[str, Any]:
    # A process keeps the environment that it began with: another login takes another pod. The salt keeps the
    # checksum, which more people may read than the Secret, from being a hash to guess the password by.
    salted = f"{inputs.credentials.http_secret}\0{tool.login}"
    return {
        "labels": _labels(inputs),
        "annotations": {"checksum/login": hashlib.sha256(salted.encode()).hexdigest()},
    }


def _pod_spec(inputs: Inputs, tool: OriginalTool) -> dict[str, Any]:
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": restricted_pod(),
        "containers": [_container(tool)],
        # The shell that its script runs in writes its here-documents to files.
        "volumes": [{"name": "tmp", "emptyDir": {}}],
        **placing(inputs),
    }


def _container(tool: OriginalTool) -> dict[str, Any]:
    login = {"secretKeyRef": {"name": ORIGINAL_TOOL, "key": _LOGIN}}
    return {
        "name": ORIGINAL_TOOL,
        "image": tool.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["bash", "-c", _WAITING],
        "env": [{"name": _LOGIN, "valueFrom": login}],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": restricted(),
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }
