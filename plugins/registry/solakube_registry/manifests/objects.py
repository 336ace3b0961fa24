"""The objects of the registry in the order in which they are to be applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from solakube_core.plugin import Manifest, ObjectRef
from solakube_registry.manifests.asking import way_in
from solakube_registry.manifests.backup import backup_objects
from solakube_registry.manifests.deployment import deployment
from solakube_registry.manifests.hosting import hosting
from solakube_registry.manifests.inputs import Inputs, head
from solakube_registry.manifests.monitoring import monitoring_objects
from solakube_registry.manifests.network_policy import network_policy
from solakube_registry.manifests.original_tool import original_tool
from solakube_registry.manifests.pods import program_key, program_parts
from solakube_registry.manifests.rotation import rotation_objects
from solakube_registry.manifests.schedule import schedule_objects
from solakube_registry.naming import CONFIG, PROXY_CONFIG, READER_CONFIG
from solakube_registry.object_storage.bucket import ACCESS_KEY, AUTHORITY_FILE, SECRET_KEY
from solakube_registry.users.admin import SOURCE_ANNOTATION

_SERVICE_KEYS = (
    "clusterIP",
    "externalTrafficPolicy",
    "loadBalancerIP",
    "loadBalancerSourceRanges",
    "sessionAffinity",
    "sessionAffinityConfig",
)


def registry_objects(inputs: Inputs) -> tuple[Manifest, ...]:
    """Return what must exist before the Deployment, and then the Deployment."""
    objects: list[Manifest] = [namespace(inputs), secret(inputs), config(inputs)]
    objects += regtool(inputs)
    if inputs.monitoring:
        objects += monitoring_objects(inputs, inputs.monitoring)
    if inputs.original_tool:
        objects += original_tool(inputs, inputs.original_tool)
    if makes_claim(inputs):
        objects.append(claim(inputs))
    objects += scheduled(inputs)
    if inputs.replicas > 1:
        objects.append(disruption_budget(inputs))
    if inputs.callers:
        objects.append(network_policy(inputs, inputs.callers))
    if inputs.announced:
        objects.append(hosting(inputs, inputs.announced))
    return (*objects, service(inputs), deployment(inputs))


def scheduled(inputs: Inputs) -> Iterator[Manifest]:
    """Yield what runs at set times, and what that takes."""
    if inputs.token:
        yield from way_in(inputs)
    if inputs.backed_up:
        yield from backup_objects(inputs, inputs.backed_up)
    if inputs.schedule:
        yield from schedule_objects(inputs, inputs.schedule)
    if inputs.rotated:
        yield from rotation_objects(inputs, inputs.rotated)


def namespace(inputs: Inputs) -> Manifest:
    """The namespace of everything else."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": inputs.names.namespace}}


def secret(inputs: Inputs) -> Manifest:
    """The password files and the HTTP secret, under the original's keys, and the users."""
    data = dict(inputs.credentials.data())
    if inputs.bucket and inputs.bucket.keys:
        data |= {ACCESS_KEY: inputs.bucket.keys.access, SECRET_KEY: inputs.bucket.keys.secret}
    made = {**head(inputs.names.secret, inputs), "type": "Opaque", "stringData": data}
    if inputs.credentials.version:
        made["metadata"]["resourceVersion"] = inputs.credentials.version
    if inputs.admin_secret:
        made["metadata"]["annotations"] = {SOURCE_ANNOTATION: inputs.admin_secret}
    return made


def config(inputs: Inputs) -> Manifest:
    """The configuration of the registry's processes, and of the proxy in front of them."""
    front = inputs.front
    more = {READER_CONFIG: front.reader_config, PROXY_CONFIG: front.proxy_config} if front else {}
    if inputs.bucket and inputs.bucket.address.authority:
        more[AUTHORITY_FILE] = inputs.bucket.address.authority
    return {**head(inputs.names.config, inputs), "data": {CONFIG: inputs.config, **more}}


def regtool(inputs: Inputs) -> list[Manifest]:
    """The maintenance program: mounted from here, so any Python image serves and none must be published."""
    return [
        {
            **head(replace(inputs.names.regtool, name=name), inputs),
            "data": {program_key(path): text for path, text in files.items()},
        }
        for name, files in program_parts(inputs).items()
    ]


def makes_claim(inputs: Inputs) -> bool:
    """Whether the volume is claimed by us, rather than being given or left out."""
    claims = bool(inputs.value("persistence", "enabled")) and not inputs.value("persistence", "existingClaim")
    return claims and inputs.bucket is None


def disruption_budget(inputs: Inputs) -> Manifest:
    """Keep nodes from being drained of more than one of several pods at a time."""
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": dict(inputs.names.selector)}}
    return {**head(inputs.names.disruption_budget, inputs), "spec": spec}


def claim(inputs: Inputs) -> Manifest:
    """The volume of the images."""
    spec: dict[str, object] = {
        "accessModes": list(inputs.access_modes),
        "resources": {"requests": {"storage": inputs.storage.size}},
    }
    if inputs.storage.storage_class:
        spec["storageClassName"] = inputs.storage.storage_class
    return {**head(inputs.names.claim, inputs), "spec": spec}


def service(inputs: Inputs) -> Manifest:
    """The way to the registry in the cluster."""
    backend = inputs.names.backend
    port = {
        "name": backend.port_name,
        "port": backend.port,
        "protocol": "TCP",
        "targetPort": backend.target_port,
    }
    values = {key: inputs.value("service", key) for key in _SERVICE_KEYS if inputs.value("service", key)}
    spec = {"type": "ClusterIP", "selector": dict(backend.selector), "ports": [port], **values, **inputs.service}
    made = head(ObjectRef("v1", "Service", backend.service, backend.namespace), inputs)
    made["metadata"]["labels"] = {**(inputs.value("service", "labels") or {}), **inputs.labels()}
    if annotations := inputs.value("service", "annotations"):
        made["metadata"]["annotations"] = dict(annotations)
    return {**made, "spec": spec}
