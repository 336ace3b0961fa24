"""Fixtures of the tests that need a registry, but no cluster."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.local.machine import PASSWORD, Machine, OwnHosts, free_ports
from tests.e2e.support.programs import Crane, Runner
from tests.e2e.testbed.provisioner import REGISTRY_LINES, Provisioner

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

REGISTRY_PORT = 5000


@pytest.fixture
def registry_container(provisioner: Provisioner) -> Iterator[Callable[[str], str]]:
    """Starts a registry image alone and returns its address (host:port); it is removed after the test."""
    with ExitStack() as running:

        def start(image: str) -> str:
            container = running.enter_context(_container(provisioner.image(image)))
            return f"localhost:{container.get_exposed_port(REGISTRY_PORT)}"

        yield start


def _container(image: str) -> DockerContainer:
    # Its reaper is an image of its own, not to be had everywhere; the fixture removes the container itself.
    os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import HttpWaitStrategy

    container = DockerContainer(image).with_exposed_ports(REGISTRY_PORT)
    return container.waiting_for(HttpWaitStrategy(REGISTRY_PORT, "/v2/"))


@pytest.fixture(params=REGISTRY_LINES)
def machine(new_machine: Callable[[str], Machine], request: pytest.FixtureRequest) -> Machine:
    """A user with the registry's program, once of each line; nothing is deployed yet."""
    return new_machine(request.param)


@pytest.fixture
def machine_3(new_machine: Callable[[str], Machine]) -> Machine:
    """A user with the newer registry's program, for what does not depend on it."""
    return new_machine("3")


@pytest.fixture
def new_machine(
    registry_binaries: Mapping[str, Path], provisioner: Provisioner, tmp_path: Path
) -> Iterator[Callable[[str], Machine]]:
    """Makes users by the line of the registry's program; what they deployed is ended after the test."""
    with ExitStack() as used:

        def make(line: str) -> Machine:
            home = tmp_path / f"home of {len(list(tmp_path.iterdir()))}"
            home.mkdir()
            environment = {
                "REGISTRY_BINARY": str(registry_binaries[line]),
                "REGISTRY_PORT": str(free_ports()),
                "REGISTRY_ADMIN_PASSWORD": PASSWORD,
            }
            sk = Runner(Path(sys.executable).with_name("sk"), OwnHosts(), home, {})
            crane = Crane(provisioner.program("crane"), OwnHosts(), home, {"DOCKER_CONFIG": str(home)})
            made = Machine(home, sk, crane, environment)
            used.callback(made.clean_up)
            return made

        yield make
