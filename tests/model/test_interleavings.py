"""Many random interleavings of clients and the collector, on a model of the registry; see tests/model."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from solakube_regtool.collect.collector import Collector

from tests.model.faults import FAULTS
from tests.model.interleaving import Interleaving
from tests.model.many import failures

COUNT = int(os.environ.get("SOLAKUBE_INTERLEAVINGS", "20000"))
ENOUGH = 20_000
"""Interleavings within which a fault shows; most show within some hundred."""

# They yield to the end-to-end tests.
pytestmark = pytest.mark.timeout(7200)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory, on a volume with relatime."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


def run(folder: Path, new_collector: type[Collector], seed: int) -> None:
    """Run one, in a folder of this process."""
    Interleaving(folder / str(os.getpid()), seed, new_collector).run()


def test_no_image_is_lost_and_no_push_refused(folder: Path) -> None:
    assert list(failures(functools.partial(run, folder, Collector), COUNT)) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_model_notices_a_collector_that_leaves_out_a_look(folder: Path, fault: type[Collector]) -> None:
    assert next(failures(functools.partial(run, folder, fault), ENOUGH), "") != ""
