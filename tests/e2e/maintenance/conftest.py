"""What all tests of maintenance beside real registries get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.e2e.maintenance.load import Crane, new_layers
from tests.e2e.maintenance.registries import RunningRegistry, running
from tests.e2e.testbed.provisioner import REGISTRY_LINES, Provisioner


@pytest.fixture(params=REGISTRY_LINES)
def registry_line(request: pytest.FixtureRequest) -> str:
    """Either line of the registry, as "2.8"."""
    line: str = request.param
    return line


@pytest.fixture
def registry_program(registry_line: str, registry_binaries: Mapping[str, Path]) -> Path:
    """The executable of a registry of that line."""
    return registry_binaries[registry_line]


@pytest.fixture
def running_registry(registry_program: Path, tmp_path: Path) -> Iterator[RunningRegistry]:
    """A registry of either line, without a password and without a cache of what blobs there are."""
    data = tmp_path / "data"
    data.mkdir()
    with running(registry_program, data, tmp_path) as registry:
        yield registry


@pytest.fixture
def client(provisioner: Provisioner, running_registry: RunningRegistry) -> Crane:
    """Crane on the running registry."""
    return Crane(provisioner.program("crane"), running_registry)


@pytest.fixture
def layers(tmp_path: Path) -> list[Path]:
    """Layers that all images share; some are of one size."""
    return new_layers(tmp_path)
