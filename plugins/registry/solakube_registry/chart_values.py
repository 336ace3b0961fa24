"""The registry's chart-values.yaml: which keys there are, and what has become of those of the Helm chart.

The keys are those of the docker-registry Helm chart, version 3.0.0 (https://github.com/twuni/docker-registry.helm),
so that a file written for the original goes on working.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solakube_core.errors import Problem
from solakube_core.settings import Settings
from solakube_core.values.schema import Items, Schema, Texts
from solakube_registry.naming import COMPONENT

SCHEMA: Schema = {
    "affinity": dict,
    "autoscaling": dict,
    "configData": dict,
    "configPath": str,
    "containerSecurityContext": dict,
    "deployment": {"annotations": Texts},
    "extraEnvVars": Items({"name": str, "value": str, "valueFrom": dict}),
    "extraVolumeMounts": list,
    "extraVolumes": list,
    "fullnameOverride": str,
    "garbageCollect": dict,
    "image": {"pullPolicy": str, "repository": str, "tag": str},
    "imagePullSecrets": list,
    "ingress": dict,
    "initContainers": list,
    "metrics": dict,
    "nameOverride": str,
    "namespace": str,
    "nodeSelector": Texts,
    "persistence": {
        "accessMode": str,
        "deleteEnabled": bool,
        "enabled": bool,
        "existingClaim": str,
        "size": str,
        "storageClass": str,
    },
    "podAnnotations": Texts,
    "podDisruptionBudget": dict,
    "podLabels": Texts,
    "priorityClassName": str,
    "proxy": dict,
    "replicaCount": int,
    "resources": dict,
    "s3": dict,
    "secrets": dict,
    "securityContext": dict,
    "service": dict,
    "serviceAccount": dict,
    "storage": str,
    "swift": dict,
    "tlsSecretName": str,
    "tolerations": list,
    "updateStrategy": dict,
}

DEFAULTS = Path(__file__).with_name("chart-values.yaml")

_SCRAPE = "have your Prometheus scrape the pod's port metrics at /metrics"

# Keys of the chart that have another way here: where they are set, the reader is told which.
_ELSEWHERE: Mapping[tuple[str, ...], str] = {
    ("ingress", "enabled"): "set REGISTRY_EXPOSE=ingress",
    ("autoscaling", "enabled"): "one registry suffices: its memory does not grow with its images",
    ("garbageCollect", "enabled"): "set REGISTRY_GC_SCHEDULE",
    ("proxy", "enabled"): "a pull-through cache refuses pushes: set it by configData if it is meant",
    ("podDisruptionBudget",): "with a single pod it would only keep nodes from being drained",
    ("s3",): "set the storage driver by configData.storage and its keys by extraEnvVars",
    ("swift",): "set the storage driver by configData.storage and its keys by extraEnvVars",
    ("secrets", "htpasswd"): "the password is REGISTRY_ADMIN_PASSWORD; the user is admin",
    ("secrets", "haSharedSecret"): "it is made once and kept",
    ("tlsSecretName",): "TLS ends at the exposure: set REGISTRY_TLS_SECRET_NAME",
    ("namespace",): "set REGISTRY_APP_NAME",
    ("fullnameOverride",): "set REGISTRY_APP_NAME",
    ("configPath",): "the registry is told where its configuration is; every image takes that",
    ("containerSecurityContext",): "the pod meets the restricted standard, and nothing more is needed",
    ("securityContext",): "the pod meets the restricted standard, and nothing more is needed",
    ("serviceAccount", "create"): "the registry needs no service account",
    (
        "metrics",
        "serviceMonitor",
        "enabled",
    ): _SCRAPE,
    (
        "metrics",
        "prometheusRule",
        "enabled",
    ): _SCRAPE,
    ("deployment", "annotations"): "annotate the pods with podAnnotations",
    ("updateStrategy",): "a roll starts the new pod before the old one ends; nobody is turned away",
    ("nameOverride",): "set REGISTRY_APP_NAME",
}


@dataclass(frozen=True)
class RegistryValues:
    """The merged values.

    Attributes:
        data: plain maps, lists and scalars.
    """

    data: Mapping[str, Any]

    def at(self, *path: str) -> Any:
        """Return the value at a path, None where it is not given."""
        found: Any = self.data
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def text(self, *path: str) -> str:
        """Return the value at a path as text, "" where it is not given."""
        found = self.at(*path)
        return "" if found is None else str(found)

    def mapping(self, *path: str) -> Mapping[str, Any]:
        """Return the map at a path, an empty one where it is not given."""
        return self.at(*path) or {}

    @property
    def storage_classes(self) -> tuple[str, ...]:
        """The storage classes that are asked for, most wanted first."""
        listed = self.text("persistence", "storageClass").split(",")
        return tuple(entry.strip() for entry in listed if entry.strip())

    @property
    def makes_claim(self) -> bool:
        """Whether the images' volume is claimed by the registry itself."""
        return bool(self.at("persistence", "enabled")) and not self.at("persistence", "existingClaim")

    def image(self, default: str) -> str:
        """Return the image: the values' repository and tag, each falling back to the default's."""
        repository, _, tag = _split_image(default)
        named = self.text("image", "repository")
        version = self.text("image", "tag")
        if not named and not version:
            return default
        return f"{named or repository}:{version or tag or 'latest'}"


def _split_image(image: str) -> tuple[str, str, str]:
    """Split at the tag's colon, which comes after the last slash (a colon before it is a port)."""
    path, slash, last = image.rpartition("/")
    name, colon, tag = last.partition(":")
    return f"{path}{slash}{name}", colon, tag


def load_registry_values(settings: Settings, roots: tuple[Path, ...]) -> tuple[RegistryValues, list[Problem]]:
    """Read the defaults and lay the roots' chart-values.yaml over them.

    Returns:
        The values, and everything that is wrong with the files: unreadable ones, unknown keys, and keys
        that are known but are set in another way here.
    """
    # Imported here: the YAML parser takes a tenth of a second.
    from solakube_core.values.loading import load_values

    data, problems = load_values(COMPONENT, DEFAULTS, roots, SCHEMA, _names(settings))
    values = RegistryValues(data)
    return values, problems + _misplaced(values)


def _names(settings: Settings) -> dict[str, str]:
    """Return what references stand for: every variable, and what the original promised to its templates.

    REGISTRY_STORAGE_CLASS, which the original's own file refers to, was always set there. Here the class is
    negotiated later: where no class is asked for it stands for an empty list, written with a comma.
    """
    promised = {"DEPLOY_NAMESPACE": settings.get("REGISTRY_APP_NAME") or COMPONENT, "REGISTRY_STORAGE_CLASS": ","}
    return {**promised, **{name: value for name, value in settings.environment().items() if value}}


def _misplaced(values: RegistryValues) -> list[Problem]:
    problems = [
        Problem(f"chart-values.yaml sets {'.'.join(path)}, which has no effect here", "", remedy)
        for path, remedy in _ELSEWHERE.items()
        if values.at(*path)
    ]
    if values.at("replicaCount") not in (None, 1):
        problems.append(
            Problem(
                "chart-values.yaml sets replicaCount to something other than 1",
                "two registries would need a volume that several nodes can write to",
                "leave it out: a roll never turns anybody away",
            )
        )
    if values.text("storage") not in ("", "filesystem"):
        problems.append(
            Problem(
                f"chart-values.yaml sets storage to {values.text('storage')}, which has no effect here",
                "",
                "set the storage driver by configData.storage and its keys by extraEnvVars",
            )
        )
    if values.at("persistence", "deleteEnabled") is False:
        problems.append(
            Problem(
                "chart-values.yaml sets persistence.deleteEnabled to false",
                "without deletes no space can ever be freed",
                "leave it out, or set configData.storage.delete.enabled if you mean it",
            )
        )
    return problems
