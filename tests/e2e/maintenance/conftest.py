"""What all tests of maintenance beside real registries get."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from solakube_regtool.s3.bucket import Bucket

from tests.e2e.maintenance.load import Crane, new_layers
from tests.e2e.maintenance.registries import RunningRegistry, running
from tests.e2e.support.object_storage import SEAWEEDFS, VERSITYGW, Storage, seaweedfs, serving
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


@pytest.fixture(scope="session")
def new_bucket_of_seaweedfs(
    provisioner: Provisioner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Storage]]:
    """Makes a new bucket of a SeaweedFS that all tests of a process share."""
    with seaweedfs(provisioner, tmp_path_factory.mktemp("seaweedfs")) as new_bucket:
        yield new_bucket


@pytest.fixture
def server() -> str:
    """The maker of the S3 server; tests that take either say so: `buckets.EITHER_SERVER`."""
    return VERSITYGW


@pytest.fixture
def storage(server: str, provisioner: Provisioner, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Storage]:
    """A new bucket."""
    if server == SEAWEEDFS:
        yield request.getfixturevalue("new_bucket_of_seaweedfs")()
        return
    with serving(provisioner, tmp_path / "s3") as storage:
        yield storage


@pytest.fixture
def bucket(storage: Storage) -> Iterator[Bucket]:
    """The same by the maintenance program's own client."""
    with storage.opened() as bucket:
        yield bucket
