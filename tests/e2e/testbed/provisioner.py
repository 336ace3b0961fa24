"""What the tests ask for, each thing made at the first request and kept."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.testbed import catalog, engine, golang, images, node_image, published
from tests.e2e.testbed.cache import Cache, default_root, fingerprint
from tests.e2e.testbed.console import say
from tests.e2e.testbed.process import run
from tests.e2e.testbed.versions import GATEWAY_API, GO_PROGRAMS, PUBLISHED_NODE

PROGRAMS = ("crane", "regctl", "kind", "helm", "versitygw", "seaweedfs", "conformance", "operator")
"""The last two are OCI's tests of registries and the Prometheus operator."""
REGISTRY_LINES = ("2.8", "3")


@dataclass(frozen=True)
class Provisioner:
    """The test bed: lazy, so that a test of the registry alone needs neither Docker nor a cluster.

    Every method raises TestbedError if the thing cannot be made, its subclass UnavailableError if this
    machine or user cannot have it.
    """

    cache: Cache = field(default_factory=lambda: Cache(default_root()))

    def program(self, name: str) -> Path:
        """One of PROGRAMS."""
        return catalog.binary(self.cache, name)

    def registry(self, line: str) -> Path:
        """The registry's binary of one of REGISTRY_LINES: distribution 3 from its Go module, 2.8 from Debian."""
        return catalog.docker_registry_2(self.cache) if line == "2.8" else catalog.binary(self.cache, "registry")

    def haproxy(self) -> Path:
        """The proxy as a program of this machine: Debian's, of the line that the pods have."""
        return catalog.haproxy(self.cache)

    def engine(self) -> None:
        """Make `docker` answer."""
        engine.ensure(self.cache)

    @functools.cache  # noqa: B019 - one provisioner lives as long as the process
    def node_image(self) -> str:
        """The image of kind's node: the published one, else one made here."""
        self.engine()
        if images.label(PUBLISHED_NODE) is not None or published.pull(self.cache, PUBLISHED_NODE):
            say(f"node: the published image {PUBLISHED_NODE}")
            return PUBLISHED_NODE
        name = node_image.ensure(self.cache)
        say(f"node: {name}, made here")
        return name

    @functools.cache  # noqa: B019 - see above
    def image(self, name: str) -> str:
        """One of the catalog's images in Docker: the published one, else one made here under its name."""
        self.engine()
        if images.label(name) == "" or published.pull(self.cache, name):
            say(f"{name}: the published image")
        else:
            images.ensure(self.cache, catalog.workload(self.cache, name))
            say(f"{name}: made here")
        return name

    def kubectl(self) -> Path:
        """The kubectl of the node image, so that it fits the cluster."""
        node = self.node_image()
        return self.cache.entry("kubectl", fingerprint(node), lambda folder: _copy_kubectl(node, folder)) / "kubectl"

    def gateway_api_definitions(self) -> Path:
        """A folder of YAML files: the resource definitions of the Gateway API's standard channel."""
        module = golang.module_folder(self.cache, "sigs.k8s.io/gateway-api", GATEWAY_API)
        return module / "config" / "crd" / "standard"

    def traefik_definitions(self) -> Path:
        """A YAML file: Traefik's own resource definitions (IngressRoute and so on)."""
        traefik = GO_PROGRAMS["traefik"]
        reference = golang.module_folder(self.cache, traefik.module, traefik.version) / "docs/content/reference"
        return reference / "dynamic-configuration" / "kubernetes-crd-definition-v1.yml"


def _copy_kubectl(node: str, folder: Path) -> None:
    container = run(["docker", "create", node]).strip()
    try:
        run(["docker", "cp", f"{container}:/usr/bin/kubectl", folder])
    finally:
        run(["docker", "rm", "-v", container])
