"""What the pods of the registry and of its scheduled maintenance have in common."""

from __future__ import annotations

import json
from typing import Any

from solakube_registry.manifests.inputs import Inputs

TOKEN_PATH = "/etc/solakube-token"
_PROGRAM_PATH = "/opt/solakube"
_BYTECODE, _BYTECODE_PATH = "bytecode", "/var/cache/solakube"
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


def program_mounts(inputs: Inputs, often: bool = False) -> list[dict[str, Any]]:
    """Return where a container finds the maintenance program; nowhere in an image that brings its own.

    Args:
        inputs: of the installation.
        often: it runs the program more than once. What Python has compiled is kept then, as long as the pod lives; the
            program is mounted read-only, and so is the root file system.
    """
    if not inputs.regtool_files:
        return []
    program = {"name": "regtool", "mountPath": f"{_PROGRAM_PATH}/solakube_regtool", "readOnly": True}
    return [program, *([{"name": _BYTECODE, "mountPath": _BYTECODE_PATH}] if often else [])]


def program_environment(inputs: Inputs, often: bool = False) -> list[dict[str, str]]:
    """Return the environment in which a container runs the mounted program; arguments as of `program_mounts`."""
    if not inputs.regtool_files:
        return []
    compiled = ("PYTHONPYCACHEPREFIX", _BYTECODE_PATH) if often else ("PYTHONDONTWRITEBYTECODE", "1")
    return [{"name": name, "value": value} for name, value in (("PYTHONPATH", _PROGRAM_PATH), compiled)]


def program_volumes(inputs: Inputs, often: bool = False) -> list[dict[str, Any]]:
    """Return the volumes of the mounted program; arguments as of `program_mounts`."""
    if not inputs.regtool_files:
        return []
    sources = [
        {"configMap": {"name": name, "items": [{"key": program_key(path), "path": path} for path in files]}}
        for name, files in program_parts(inputs).items()
    ]
    program = {"name": "regtool", "projected": {"defaultMode": 0o444, "sources": sources}}
    # In memory: an autoscaler may take a node away all the same.
    compiled = {"name": _BYTECODE, "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}}
    return [program, *([compiled] if often else [])]


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
