"""Registries behind the proxy, processes of this machine."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.e2e.maintenance.registries import RunningRegistry
from tests.e2e.support.waiting import PATIENCE
from tests.e2e.testbed.catalog import HAPROXY_IMAGE
from tests.e2e.testbed.provisioner import REGISTRY_LINES, Provisioner
from tests.e2e.users.fronts import PASSWORDS, fronted
from tests.e2e.users.walk import Client


class Fronted:
    """A running registry of both processes, with its users.

    Attributes:
        registry: at the proxy's address.
        metrics: the debug addresses of both processes.
        config: the folder of the password files.
    """

    def __init__(self, registry: RunningRegistry, metrics: str, config: Path) -> None:
        self.registry, self.metrics, self.config = registry, metrics, config

    def client(self, user: str = "", password: str = "") -> Client:
        """Be a user, with his own password unless another one is given."""
        chosen = password or (PASSWORDS[user] if user else "")
        return Client(lambda: http.client.HTTPConnection(self.registry.host, timeout=PATIENCE), user, chosen)


@pytest.fixture(scope="session")
def proxy_image(provisioner: Provisioner, docker_engine: None) -> str:
    """The proxy's image."""
    return provisioner.image(HAPROXY_IMAGE)


@pytest.fixture(scope="module", params=REGISTRY_LINES)
def program(request: pytest.FixtureRequest, registry_binaries: Mapping[str, Path]) -> Path:
    """The executable of a registry of either line."""
    return registry_binaries[request.param]


@pytest.fixture(scope="module")
def closed(program: Path, proxy_image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fronted]:
    """A registry that asks everybody for a login."""
    folder = tmp_path_factory.mktemp("closed")
    with fronted(program, folder) as (registry, metrics):
        yield Fronted(registry, metrics, folder / "config")


@pytest.fixture(scope="module")
def open_to_all(program: Path, proxy_image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fronted]:
    """A registry from which everybody may pull."""
    folder = tmp_path_factory.mktemp("open")
    with fronted(program, folder, anonymous=True) as (registry, metrics):
        yield Fronted(registry, metrics, folder / "config")
