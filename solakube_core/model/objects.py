"""Kubernetes objects as plain values, and how one of them is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Manifest = Mapping[str, Any]
"""A plain Kubernetes object: what its JSON or YAML says, with at least apiVersion, kind and metadata.name."""

CREATED_ANNOTATION = "solakube.io/created"
"""On a live object that holds what nobody can make again (a namespace, a claim, a Secret): `sk` made it, so that it may
be removed with the component."""

DATA_ANNOTATION = "solakube.io/data"
"""On an object of a plan, with any value: it counts as data, as a claim does. It outlives the component, and goes only
when the data is to go."""


@dataclass(frozen=True, order=True)
class ObjectRef:
    """The name of one Kubernetes object.

    Attributes:
        api_version: such as "v1" or "apps/v1".
        kind: such as "Deployment".
        name: metadata.name.
        namespace: metadata.namespace; "" for cluster-wide objects.
    """

    api_version: str
    kind: str
    name: str
    namespace: str = ""

    @classmethod
    def of(cls, manifest: Manifest) -> ObjectRef:
        """Name the object that `manifest` describes.

        Raises:
            KeyError: apiVersion, kind or metadata.name is missing.
        """
        metadata = manifest["metadata"]
        return cls(manifest["apiVersion"], manifest["kind"], metadata["name"], metadata.get("namespace", ""))

    @property
    def group(self) -> str:
        """The API group; "" for the core group."""
        return self.api_version.rpartition("/")[0]

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {place}{self.name}"


@dataclass(frozen=True)
class Access:
    """One permission that a deployment needs, in the words of a SelfSubjectAccessReview.

    Attributes:
        verb: get, list, create, patch, delete, ...
        group: API group; "" for the core group.
        resource: the counted, such as "deployments" or "pods/exec".
        namespace: "" for cluster-wide resources.
    """

    verb: str
    group: str
    resource: str
    namespace: str = ""

    def __str__(self) -> str:
        name = f"{self.resource}.{self.group}" if self.group else self.resource
        where = f"in namespace {self.namespace}" if self.namespace else "cluster-wide"
        return f"{self.verb} {name} {where}"
