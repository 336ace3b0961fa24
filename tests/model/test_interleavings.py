"""Many random interleavings of clients and the collector, on a model of the registry; see tests/model."""

from __future__ import annotations

import functools
import itertools
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from solakube_regtool.collect.collector import Collector

from tests.model.faults import FAULTS
from tests.model.interleaving import Interleaving

COUNT = int(os.environ.get("SOLAKUBE_INTERLEAVINGS", "20000"))
ENOUGH = 20_000
"""Interleavings within which a fault shows; most show within some hundred."""

# They yield to the end-to-end tests.
pytestmark = pytest.mark.timeout(7200)

# Interleavings wait for the kernel's clock most of the time, so there are more of them at once than processors.
_WORKERS = 8
_CHUNK = 10


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory, on a volume with relatime."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


def first_failure(folder: Path, new_collector: type[Collector], start: int) -> str:
    """Run a chunk of interleavings; returns the first failure with its seed, "" for none."""
    for seed in range(start, start + _CHUNK):
        try:
            Interleaving(folder / str(os.getpid()), seed, new_collector).run()
        except AssertionError as failure:
            return f"seed {seed}: {failure}"
    return ""


def failures(folder: Path, new_collector: type[Collector], count: int) -> Iterator[str]:
    """Yield the failures of `count` interleavings, as they come."""
    with ProcessPoolExecutor(_WORKERS) as pool:
        run = functools.partial(first_failure, folder, new_collector)
        starts = iter(range(0, count, _CHUNK))
        while chunks := list(itertools.islice(starts, 2 * _WORKERS)):
            yield from filter(None, pool.map(run, chunks))


def test_no_image_is_lost_and_no_push_refused(folder: Path) -> None:
    assert list(failures(folder, Collector, COUNT)) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_model_notices_a_collector_that_leaves_out_a_look(folder: Path, fault: type[Collector]) -> None:
    assert next(failures(folder, fault, ENOUGH), "") != ""
