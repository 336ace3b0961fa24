"""The containers that answer the registry's users: one process or, where somebody may only pull, two and a proxy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solakube_registry.manifests.inputs import Inputs
from solakube_registry.manifests.pods import first_program, restricted
from solakube_registry.manifests.sharing import bucket_environment, data_mounts, lingering
from solakube_registry.naming import (
    CONFIG,
    CONTAINER_LAYOUT,
    FIRST_LOGINS,
    LOGINS_PATH,
    PORT,
    PROXY_CONFIG,
    PROXY_CONTAINER,
    READER_CONFIG,
    READER_CONTAINER,
    READER_PORT,
    REGISTRY_CONTAINER,
    WRITER_PORT,
)
from solakube_registry.object_storage.bucket import AUTHORITY_FILE
from solakube_registry.processes.proxy import MEMORY_MIB
from solakube_registry.users.credentials import READER_HTPASSWD

PASSWORDS_PATH = "/etc/solakube-passwords"
"""Where the maintenance program has the password files as the Secret has them."""

_PROXY_PATH = "/etc/solakube-proxy"
_AFTER_PROXY_SECONDS = 3


def processes(inputs: Inputs) -> list[dict[str, Any]]:
    """Return the containers."""
    port = {"name": "registry", "containerPort": PORT, "protocol": "TCP"}
    if not inputs.front:
        return [{**_registry(inputs, REGISTRY_CONTAINER, CONFIG, PORT), **lingering(inputs), "ports": [port]}]
    behind = lingering(inputs, _AFTER_PROXY_SECONDS)
    return [
        # When a pod ends, all containers are told at once: these wait until the proxy takes no more requests.
        {**_registry(inputs, REGISTRY_CONTAINER, CONFIG, WRITER_PORT), **behind},
        {**_registry(inputs, READER_CONTAINER, READER_CONFIG, READER_PORT), **behind},
        {**_proxy(inputs.front.proxy_image), **lingering(inputs), "ports": [port]},
    ]


def password_files(inputs: Inputs) -> list[dict[str, Any]]:
    """Return the sources of the volume that the registry's processes have their configuration from.

    Where there are two, their password files are copies, which leave out logins whose time is over.
    """
    configs = [CONFIG]
    if inputs.bucket and inputs.bucket.address.authority:
        configs.append(AUTHORITY_FILE)
    if inputs.front:
        configs.append(READER_CONFIG)
    passwords = {"secret": {"name": inputs.names.secret.name, "items": [_item("htpasswd")]}}
    return [
        {"configMap": {"name": inputs.names.config.name, "items": list(map(_item, configs))}},
        *([] if inputs.front else [passwords]),
    ]


def login_volumes(inputs: Inputs) -> list[dict[str, Any]]:
    """Return the volumes of the password files where there are two processes: as they are given, and as they are used.

    Both processes have one volume, so that both know of a changed password at the same moment.
    """
    if not inputs.front:
        return []
    items = [_item("htpasswd"), _item(READER_HTPASSWD)]
    given = {"secretName": inputs.names.secret.name, "items": items, "defaultMode": 0o440}
    used = {"medium": "Memory", "sizeLimit": "1Mi"}
    return [{"name": "passwords", "secret": given}, {"name": "logins", "emptyDir": used}]


def login_mounts(inputs: Inputs) -> list[dict[str, Any]]:
    """Return where the program has these volumes that keeps the files."""
    if not inputs.front:
        return []
    given = {"name": "passwords", "mountPath": PASSWORDS_PATH, "readOnly": True}
    return [given, {"name": "logins", "mountPath": LOGINS_PATH}]


def first_logins(inputs: Inputs) -> list[dict[str, Any]]:
    """Return the container that makes the files before the registry begins: it would make one of its own else."""
    if not inputs.front:
        return []
    return [first_program(inputs, FIRST_LOGINS, ("logins", PASSWORDS_PATH, LOGINS_PATH), mounts=login_mounts(inputs))]


def proxy_volumes(inputs: Inputs) -> list[dict[str, Any]]:
    """Return the volume of the proxy's configuration: it has no part in passwords."""
    if not inputs.front:
        return []
    source = {"name": inputs.names.config.name, "items": [_item(PROXY_CONFIG)], "defaultMode": 0o444}
    return [{"name": "proxy", "configMap": source}]


def _registry(inputs: Inputs, name: str, config: str, port: int) -> dict[str, Any]:
    probe = {"httpGet": {"path": "/", "port": port}, "timeoutSeconds": 5, "failureThreshold": 3}
    return {
        "name": name,
        "image": inputs.image,
        "imagePullPolicy": inputs.value("image", "pullPolicy") or "IfNotPresent",
        # Spelled out, since the images of 2.8 and 3.x look for their configuration in different places.
        "command": ["registry", "serve", f"{CONTAINER_LAYOUT.config}/{config}"],
        "env": _environment(inputs),
        "resources": inputs.value("resources") or {},
        "startupProbe": {**probe, "periodSeconds": 1, "failureThreshold": 60},
        "readinessProbe": {**probe, "periodSeconds": 5},
        "livenessProbe": {**probe, "periodSeconds": 10},
        "securityContext": restricted(),
        "volumeMounts": [
            # Never read-only, not even where nothing is written: the kernel would note no read of a link then, and a
            # collection would free what a push has just been told to be there.
            *data_mounts(inputs),
            {"name": "config", "mountPath": CONTAINER_LAYOUT.config, "readOnly": True},
            *([{"name": "logins", "mountPath": LOGINS_PATH, "readOnly": True}] if inputs.front else []),
            *(inputs.value("extraVolumeMounts") or []),
        ],
    }


def _environment(inputs: Inputs) -> list[Mapping[str, Any]]:
    """Return the registry's environment, one entry of each name: server-side apply takes no other list."""
    http_secret = {"secretKeyRef": {"name": inputs.names.secret.name, "key": "haSharedSecret"}}
    ours = (
        {"name": "REGISTRY_HTTP_SECRET", "valueFrom": http_secret},
        # 3.x looks for a collector of traces otherwise, and complains that there is none.
        {"name": "OTEL_TRACES_EXPORTER", "value": "none"},
        *bucket_environment(inputs),
    )
    return list({entry["name"]: entry for entry in (*ours, *(inputs.value("extraEnvVars") or []))}.values())


def _proxy(image: str) -> dict[str, Any]:
    probe = {"timeoutSeconds": 5, "failureThreshold": 3}
    return {
        "name": PROXY_CONTAINER,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["haproxy", "-W", "-db", "-f", f"{_PROXY_PATH}/{PROXY_CONFIG}"],
        "env": [{"name": "POD_IPS", "valueFrom": {"fieldRef": {"fieldPath": "status.podIPs"}}}],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": f"{MEMORY_MIB}Mi"}},
        "startupProbe": {**probe, "tcpSocket": {"port": PORT}, "periodSeconds": 1, "failureThreshold": 60},
        "readinessProbe": {**probe, "httpGet": {"path": "/", "port": PORT}, "periodSeconds": 5},
        # Whether the registry answers is no reason to end the proxy.
        "livenessProbe": {**probe, "tcpSocket": {"port": PORT}, "periodSeconds": 10},
        "securityContext": restricted(),
        "volumeMounts": [{"name": "proxy", "mountPath": _PROXY_PATH, "readOnly": True}],
    }


def _item(key: str) -> dict[str, str]:
    return {"key": key, "path": key}
