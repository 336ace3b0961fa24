"""The memory that maintenance takes: the bound for a million blobs, held in small."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks.maintenance.images import pushed_images
from benchmarks.maintenance.memory import COMMANDS, MILLION, peaks, share
from benchmarks.maintenance.trees import TreeWriter


class Registry(NamedTuple):
    """The data folder of a registry, and how many blobs it has."""

    data: Path
    blobs: int


def registry(data: Path, repositories: int) -> Registry:
    """Write a registry."""
    writer = TreeWriter(data)
    writer.write(pushed_images(repositories))
    return Registry(data, writer.blobs)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder in memory where there is one: on a disk a collection of so many blobs takes minutes."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def small(folder: Path) -> Registry:
    """A registry that takes hardly more than the interpreter with all modules."""
    return registry(folder / "small", 100)


@pytest.fixture(scope="module")
def large(folder: Path) -> Registry:
    """A registry of 40,000 blobs: a million take many minutes to write."""
    return registry(folder / "large", 2000)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_further_blob_takes_no_more_than_its_share(small: Registry, large: Registry, command: str) -> None:
    scale = large.blobs / MILLION
    below, above = (next(peaks(each.data, {command: COMMANDS[command]}, scale)).memory for each in (small, large))
    assert (above - below) / (large.blobs - small.blobs) < share(below)
