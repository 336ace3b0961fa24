"""The memory that maintenance takes: a bound for a million blobs, and each blob's share of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.maintenance.commands import peak_memory

BOUND = 256 * 1024 * 1024
"""Bytes that a million blobs may take, the interpreter included."""

MILLION = 1_000_000

COMMANDS: Mapping[str, Sequence[str]] = {
    "list --tags": ("list", "--tags"),
    "usage": ("usage", "--grace=1s"),
    "fsck": ("fsck",),
    "collect, dry run": ("garbage-collect", "--grace=1s", "--dry-run"),
    "collect": ("garbage-collect", "--grace=1s"),
}
"""What is measured, in this order: the last one changes the tree."""


class Peak(NamedTuple):
    """What a command took.

    Attributes:
        name: of the command.
        memory: bytes of the largest resident set.
        seconds: that it ran.
    """

    name: str
    memory: int
    seconds: float


def bound(blobs: int, interpreter: int) -> int:
    """Give the bytes that so many blobs may take: their share of the bound for a million.

    Args:
        blobs: how many there are.
        interpreter: bytes that the program takes on an empty registry.
    """
    return interpreter + (BOUND - interpreter) * blobs // MILLION


def peaks(data: Path, commands: Mapping[str, Sequence[str]] = COMMANDS) -> Iterator[Peak]:
    """Run commands on a registry's data, and tell what each took."""
    for name, arguments in commands.items():
        begun = time.perf_counter()
        memory = peak_memory(data, arguments)
        yield Peak(name, memory, time.perf_counter() - begun)
