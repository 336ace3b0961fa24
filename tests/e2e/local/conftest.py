"""Fixtures of the tests that need a registry, but no cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.e2e.testbed.provisioner import Provisioner

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
