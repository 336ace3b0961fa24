"""Settings of the registry, and objects that its exposure meets."""

from __future__ import annotations

import base64

from solakube_registry.naming import Names
from solakube_registry.variables import VARIABLES

from solakube_core import testing
from solakube_core.model import Layout, Manifest
from solakube_core.settings import Settings, Variable
from solakube_core.testing import Place, thing

FQN = "registry.example.com"
NAMES = Names("registry")


class Machine(Place):
    """One without a cluster."""

    def layout(self, component: str, in_container: Layout) -> Layout:
        """Tell where a service's files are."""
        return Layout("/data", "/config")


def secret(name: str, namespace: str = "registry", **data: str) -> Manifest:
    """A TLS secret as the API server has it."""
    encoded = {key.replace("_", "."): base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return thing("v1", "Secret", name, namespace, type="kubernetes.io/tls", data=encoded)


def ingress_class(name: str, controller: str, default: bool = False) -> Manifest:
    """An IngressClass."""
    annotations = {"ingressclass.kubernetes.io/is-default-class": "true"} if default else {}
    spec, metadata = {"controller": controller}, {"annotations": annotations}
    return thing("networking.k8s.io/v1", "IngressClass", name, spec=spec, metadata=metadata)


def settings(more: tuple[Variable, ...] = (), /, *, cluster_type: str = "hetzner", **values: str) -> Settings:
    """Settings with CLUSTER_FQN=example.com, unless told otherwise."""
    values = {"CLUSTER_FQN": "example.com", **values}
    return testing.settings((*VARIABLES, *more), cluster_type=cluster_type, **values)
