"""A place in which the objects are those that a test names, and settings for it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solakube_registry.naming import Names
from solakube_registry.variables import VARIABLES

from solakube_core.model import Access, Layout, Manifest, ObjectRef, StorageOffer
from solakube_core.settings import CORE_VARIABLES, Settings, Variable, load

FQN = "registry.example.com"
NAMES = Names("registry")


@dataclass(frozen=True)
class Place:
    """Holds objects as an API server would, and answers questions about them."""

    objects: tuple[Manifest, ...] = ()

    def describe(self, namespace: str = "") -> str:
        return "cluster test"

    def check(self) -> None:
        return None

    def get(self, ref: ObjectRef) -> Manifest | None:
        return next((item for item in self.objects if ObjectRef.of(item) == ref), None)

    def list(
        self, api_version: str, kind: str, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> tuple[Manifest, ...]:
        wanted = (item for item in self.objects if (item["apiVersion"], item["kind"]) == (api_version, kind))
        return tuple(item for item in wanted if namespace in ("", item["metadata"].get("namespace")))

    def secret(self, component: str, ref: ObjectRef, key: str) -> str | None:
        found = (self.get(ref) or {}).get("data", {}).get(key)
        return base64.b64decode(found).decode() if found else None

    def denied(self, access: Iterable[Access]) -> tuple[Access, ...]:
        return ()

    def storage(self, claim: ObjectRef) -> StorageOffer:
        return StorageOffer()

    def layout(self, component: str, in_container: Layout) -> Layout:
        return in_container


def thing(api_version: str, kind: str, name: str, namespace: str = "", **fields: Any) -> Manifest:
    """An object."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": {**metadata, **fields.pop("metadata", {})}, **fields}


def secret(name: str, namespace: str = "registry", **data: str) -> Manifest:
    """A TLS secret as the API server has it."""
    encoded = {key.replace("_", "."): base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return thing("v1", "Secret", name, namespace, type="kubernetes.io/tls", data=encoded)


def stored(manifest: Manifest) -> Manifest:
    """What the API server makes of a secret that was applied."""
    data = {key: base64.b64encode(value.encode()).decode() for key, value in manifest.get("stringData", {}).items()}
    kept = {key: value for key, value in manifest.items() if key != "stringData"}
    return {**kept, "data": {**manifest.get("data", {}), **data}}


def ingress_class(name: str, controller: str, default: bool = False) -> Manifest:
    """An IngressClass."""
    annotations = {"ingressclass.kubernetes.io/is-default-class": "true"} if default else {}
    made = thing("networking.k8s.io/v1", "IngressClass", name, spec={"controller": controller})
    return {**made, "metadata": {**made["metadata"], "annotations": annotations}}


def settings(more: tuple[Variable, ...] = (), /, *, cluster_type: str = "hetzner", **values: str) -> Settings:
    """Settings with CLUSTER_FQN=example.com, unless told otherwise."""
    environment = {"SK_CLUSTER": "test", "SK_CLUSTER_TYPE": cluster_type, "CLUSTER_FQN": "example.com", **values}
    return load((*CORE_VARIABLES, *VARIABLES, *more), environment, Path("/nonexistent"))
