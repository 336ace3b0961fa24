"""What of a chart-values.yaml has no effect here, or another way: it is told, with what to do instead.

What asks for what is done in any case changes nothing, and is taken as it is: so the chart's own values.yaml deploys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from solakube_core.plugin import Problem, Settings, parse_quantity
from solakube_registry.distribution.relied_on import at
from solakube_registry.naming import CONTAINER_LAYOUT, PORT
from solakube_registry.object_storage.wanted import is_wanted

_STORAGE = "set the storage driver by configData.storage and its keys by extraEnvVars"
_BUCKET = "set storage to s3, or REGISTRY_STORAGE=s3"
_SCRAPE = "set REGISTRY_METRICS=auto"

# Keys of the chart that have another way here: where they are set, the reader is told which.
ELSEWHERE: Mapping[tuple[str, ...], str] = {
    ("ingress", "enabled"): "set REGISTRY_EXPOSE=ingress",
    ("autoscaling", "enabled"): "set replicaCount: its memory does not grow with its images",
    ("garbageCollect", "enabled"): "set REGISTRY_GC_SCHEDULE",
    ("proxy", "enabled"): "a pull-through cache refuses pushes: set it by configData if it is meant",
    ("podDisruptionBudget",): "it is made where there are several registries: set replicaCount",
    ("s3", "skipverify"): "name the authority of the endpoint's certificate: REGISTRY_S3_AUTHORITY",
    ("swift",): _STORAGE,
    ("secrets", "azure"): _STORAGE,
    ("secrets", "swift"): _STORAGE,
    ("secrets", "htpasswd"): "the password is REGISTRY_ADMIN_PASSWORD; the user is admin",
    ("secrets", "haSharedSecret"): "it is made once and kept",
    ("tlsSecretName",): "TLS ends at the exposure: set REGISTRY_TLS_SECRET_NAME",
    ("namespace",): "set REGISTRY_APP_NAME",
    ("fullnameOverride",): "set REGISTRY_APP_NAME",
    ("metrics", "enabled"): _SCRAPE,
    ("metrics", "serviceMonitor", "enabled"): _SCRAPE,
    ("metrics", "prometheusRule", "enabled"): _SCRAPE,
    ("serviceAccount", "create"): "the registry needs none; one that you made is named by serviceAccount.name",
    ("deployment", "annotations"): "annotate the pods with podAnnotations",
    ("updateStrategy",): "a roll starts the new pod before the old one ends; nobody is turned away",
    ("nameOverride",): "set REGISTRY_APP_NAME",
}

# What the pods' security contexts amount to, and the other spellings of it that the chart has.
_SECURITY: Mapping[str, Any] = {
    "enabled": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "fsGroup": 1000,
    "fsGroupChangePolicy": ("Always", "OnRootMismatch"),
    "privileged": False,
    "readOnlyRootFilesystem": True,
    "runAsGroup": 1000,
    "runAsNonRoot": True,
    "runAsUser": 1000,
    "seccompProfile": {"type": "RuntimeDefault"},
}
_CONFIG_PATHS = ("", CONTAINER_LAYOUT.config, "/etc/docker/registry")

# Keys that may have some values alone: a test of the value, why, and what to do.
_BOUND: tuple[tuple[tuple[str, ...], Callable[[Any], bool], str, str], ...] = (
    (("storage",), lambda value: value in (None, "", "filesystem", "s3"), "it has no effect here", _STORAGE),
    (
        ("persistence", "deleteEnabled"),
        lambda value: value is not False,
        "without deletes no space can ever be freed",
        "leave it out, or set configData.storage.delete.enabled if you mean it",
    ),
    (
        ("configPath",),
        lambda value: value in (None, *_CONFIG_PATHS),
        "the registry is told where its configuration is; every image takes that",
        "leave it out",
    ),
    (
        ("service", "port"),
        lambda value: value in (None, PORT),
        f"clients in the cluster find the registry at port {PORT}",
        "leave it out; other ports are a matter of REGISTRY_EXPOSE",
    ),
)
_EXPOSURES = {"NodePort": "nodeport", "LoadBalancer": "loadbalancer"}


def misplaced(values: Mapping[str, Any], settings: Settings) -> Iterator[Problem]:
    """Tell what has no effect.

    Args:
        values: the merged chart-values.yaml.
        settings: what may say the same.
    """
    for path, remedy in ELSEWHERE.items():
        if _said(at(values, path)):
            yield Problem(f"chart-values.yaml sets {'.'.join(path)}, which has no effect here", "", remedy)
    if not is_wanted(settings, values):
        for path in (("s3",), ("secrets", "s3")):
            if _said(at(values, path)):
                what = f"chart-values.yaml sets {'.'.join(path)}, which has no effect here"
                yield Problem(what, "the images are on a volume", _BUCKET)
    for path, fits, why, remedy in _BOUND:
        if not fits(at(values, path)):
            yield Problem(f"chart-values.yaml sets {'.'.join(path)} to {at(values, path)!r}", why, remedy)
    for key in ("securityContext", "containerSecurityContext"):
        yield from _security(key, values.get(key) or {})
    yield from _service(values.get("service") or {}, settings)


def resource_problems(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Tell which of the registry's resources are none that a cluster could give."""
    for kind in ("requests", "limits"):
        for name, value in (at(values, ("resources", kind)) or {}).items():
            if value is not None and not _is_quantity(value):
                what = f"chart-values.yaml sets resources.{kind}.{name} to {value!r}"
                yield Problem(what, "that is no Kubernetes quantity from 0 on", "write it like 256Mi, 1Gi, 100m or 2")


def _is_quantity(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and parse_quantity(str(value)) >= 0
    except ValueError:
        return False


def _said(value: Any) -> bool:
    """Whether anything is asked for: a map of empty values asks for nothing."""
    return any(map(_said, value.values())) if isinstance(value, Mapping) else bool(value)


def _security(key: str, context: Mapping[str, Any]) -> Iterator[Problem]:
    for name, value in context.items():
        allowed = _SECURITY.get(name)
        given = value not in (None, "", {}, [])
        if given and value != allowed and not (isinstance(allowed, tuple) and value in allowed):
            why = "the pod meets the Pod Security Standard restricted, as user and group 1000"
            yield Problem(f"chart-values.yaml sets {key}.{name}, which has no effect here", why, "leave it out")


def _service(service: Mapping[str, Any], settings: Settings) -> Iterator[Problem]:
    kind = service.get("type") or "ClusterIP"
    port = service.get("nodePort")
    if kind == "ClusterIP" and not port:
        return
    mode = _EXPOSURES.get(kind, "nodeport" if port else "none")
    wanted = {"REGISTRY_EXPOSE": mode, **({"REGISTRY_NODE_PORT": str(port)} if port and mode == "nodeport" else {})}
    if any(settings.get(name) != value for name, value in wanted.items()):
        remedy = "set " + " ".join(f"{name}={value}" for name, value in wanted.items())
        why = "how the registry is reached is a matter of its exposure"
        yield Problem(f"chart-values.yaml sets service.type to {kind}, which has no effect here", why, remedy)
