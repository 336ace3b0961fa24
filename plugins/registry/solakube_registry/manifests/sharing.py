"""What differs in the Deployment where pods share a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solakube_regtool.commands.registry_options import EVERY_PROCESS
from solakube_regtool.objects import presence
from solakube_regtool.s3 import address

from solakube_registry import scaling
from solakube_registry.manifests.inputs import Inputs
from solakube_registry.manifests.pods import first_program
from solakube_registry.naming import (
    CONTAINER_LAYOUT,
    DEBUG_ADDRESS,
    FIRST_ANNOUNCEMENT,
    MAINTENANCE_PORT,
    READER_DEBUG_ADDRESS,
)
from solakube_registry.object_storage.bucket import ACCESS_KEY, SECRET_KEY

_LINGERING_SECONDS = 5
"""How long a pod goes on to listen that is being ended: the time until all know that it is."""

_OF_REGISTRY = ("REGISTRY_STORAGE_S3_ACCESSKEY", "REGISTRY_STORAGE_S3_SECRETKEY")


def bucket_environment(inputs: Inputs) -> list[Mapping[str, Any]]:
    """Return how the registry learns the keys of the bucket, and whom it trusts there."""
    if inputs.bucket is None:
        return []
    trusted = scaling.trusted_file(CONTAINER_LAYOUT, inputs.bucket)
    told: list[Mapping[str, Any]] = [{"name": name, "value": value} for name, value in trusted.items()]
    return [*told, *_keys(inputs, *_OF_REGISTRY)]


def _bucket_keys(inputs: Inputs) -> list[Mapping[str, Any]]:
    """Return how the maintenance program learns the keys of the bucket."""
    return _keys(inputs, address.ACCESS_KEY, address.SECRET_KEY)


def _keys(inputs: Inputs, access: str, secret: str) -> list[Mapping[str, Any]]:
    """Return environment variables of these names with the keys of the bucket; none where it has none."""
    if inputs.bucket is None or not inputs.bucket.has_keys:
        return []
    of = inputs.bucket.secret_name or inputs.names.secret.name
    return [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": of, "key": key}}}
        for name, key in ((access, ACCESS_KEY), (secret, SECRET_KEY))
    ]


def _process_addresses(inputs: Inputs) -> list[Mapping[str, Any]]:
    """Tell where the metrics of all processes are: a collection must not overlook what one of them is doing."""
    if not inputs.front and not inputs.bucket:
        return []
    addresses = (DEBUG_ADDRESS, READER_DEBUG_ADDRESS) if inputs.front else (DEBUG_ADDRESS,)
    return [{"name": EVERY_PROCESS, "value": " ".join(f"http://{address}" for address in addresses)}]


def sharing_environment(inputs: Inputs) -> list[Mapping[str, Any]]:
    """Return how the maintenance program learns of the registry's processes, of its pod and of the bucket's keys."""
    return [*_process_addresses(inputs), *_identity(inputs), *_bucket_keys(inputs)]


def announces(inputs: Inputs) -> bool:
    """Tell whether each pod says in the bucket that it is there, and whoever collects asks it what it does."""
    return bool(inputs.maintenance_image and inputs.bucket and inputs.bucket.has_keys)


def _identity(inputs: Inputs) -> list[Mapping[str, Any]]:
    """Return how the maintenance program learns which pod it is in."""
    if not announces(inputs):
        return []
    fields = {presence.ID: "metadata.uid", presence.NAME: "metadata.name", presence.HOST: "status.podIP"}
    return [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in fields.items()]


def first_announcement(inputs: Inputs) -> list[dict[str, Any]]:
    """Return the container that says so before the registry begins: a collection could overlook it else."""
    if not announces(inputs):
        return []
    assert inputs.bucket is not None
    told = ["--bucket", inputs.bucket.address.written(), "announce", "--listen", f":{MAINTENANCE_PORT}"]
    return [first_program(inputs, FIRST_ANNOUNCEMENT, told, sharing_environment(inputs))]


def spreading(inputs: Inputs) -> dict[str, Any]:
    """Put several pods on different nodes where there are such, unless the values say where they go."""
    if inputs.replicas == 1 or inputs.value("topologySpreadConstraints"):
        return {}
    constraint = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": dict(inputs.names.selector)},
        # Those of the former generation go anyway.
        "matchLabelKeys": ["pod-template-hash"],
    }
    return {"topologySpreadConstraints": [constraint]}


def lingering(inputs: Inputs, seconds: int = 0) -> dict[str, Any]:
    """Have a container go on for a while after its pod was told to end.

    Of several pods each listens meanwhile: requests still come its way.

    Args:
        seconds: how long in any case.
    """
    seconds += _LINGERING_SECONDS if inputs.replicas > 1 else 0
    return {"lifecycle": {"preStop": {"sleep": {"seconds": seconds}}}} if seconds else {}


def data_mounts(inputs: Inputs) -> list[Mapping[str, Any]]:
    """Return where a container has the volume of the images; nowhere where they are in a bucket."""
    return [] if inputs.bucket else [{"name": "data", "mountPath": CONTAINER_LAYOUT.data}]
