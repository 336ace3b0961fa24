"""What the pods of the registry and of its scheduled maintenance have in common."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from solakube_registry.manifests.inputs import Inputs

TOKEN_PATH = "/etc/solakube-token"
_PROGRAM_PATH = "/opt/solakube"
_USER = 1000
_LARGEST_PART = 200_000


def placing(inputs: Inputs) -> dict[str, Any]:
    """Return what of the values tells where pods may run."""
    keys = ("nodeSelector", "tolerations", "priorityClassName", "imagePullSecrets", "topologySpreadConstraints")
    return {key: inputs.value(key) for key in keys if inputs.value(key)}


def restricted_pod() -> dict[str, Any]:
    """The pod's part of the Pod Security Standard "restricted"."""
    return {
        "runAsNonRoot": True,
        "runAsUser": _USER,
        "runAsGroup": _USER,
        "fsGroup": _USER,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def restricted() -> dict[str, Any]:
    """The container part of the Pod Security Standard "restricted", with a read-only root on top."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def program_mounts(inputs: Inputs) -> list[dict[str, Any]]:
    """Return where a container finds the maintenance program; nowhere in an image that brings its own."""
    if not inputs.regtool_files:
        return []
    return [{"name": "regtool", "mountPath": f"{_PROGRAM_PATH}/solakube_regtool", "readOnly": True}]


def program_environment(inputs: Inputs) -> list[dict[str, str]]:
    """Return the environment in which a container runs the mounted program."""
    if not inputs.regtool_files:
        return []
    return [
        {"name": "PYTHONPATH", "value": _PROGRAM_PATH},
        # The program is mounted read-only, and so is the root file system.
        {"name": "PYTHONDONTWRITEBYTECODE", "value": "1"},
    ]


def first_program(
    inputs: Inputs, name: str, arguments: Sequence[str], environment: Iterable[Any] = (), mounts: Iterable[Any] = ()
) -> dict[str, Any]:
    """Return a container that runs the maintenance program before the registry begins.

    Args:
        name: of the container.
        arguments: of the program.
        environment, mounts: besides those of the program.
    """
    return {
        "name": name,
        "image": inputs.maintenance_image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-m", "solakube_regtool", *arguments],
        "env": [*program_environment(inputs), *environment],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": restricted(),
        "volumeMounts": [*mounts, *program_mounts(inputs)],
    }


def program_volumes(inputs: Inputs) -> list[dict[str, Any]]:
    """Return the volume of the mounted program."""
    if not inputs.regtool_files:
        return []
    sources = [
        {"configMap": {"name": name, "items": [{"key": program_key(path), "path": path} for path in files]}}
        for name, files in program_parts(inputs).items()
    ]
    return [{"name": "regtool", "projected": {"defaultMode": 0o444, "sources": sources}}]


def program_parts(inputs: Inputs) -> dict[str, dict[str, str]]:
    """Divide the program's modules among ConfigMaps, by their names.

    `kubectl apply` writes an object down a second time, in an annotation, which may have 256 KiB.
    """
    parts: list[dict[str, str]] = []
    left = 0
    for path, text in inputs.regtool_files.items():
        size = len(json.dumps(text))
        if size > left:
            parts.append({})
            left = _LARGEST_PART
        parts[-1][path] = text
        left -= size
    name = inputs.names.regtool.name
    return {f"{name}-{number}" if number else name: part for number, part in enumerate(parts)}


def program_key(path: str) -> str:
    """Return the ConfigMap's key for a module of the program: a key has no slash."""
    return path.replace("/", ".")
