"""Many interleavings, on all processors."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor

# Interleavings on files wait for the kernel's clock most of the time, so there are more at once than processors.
_WORKERS = 8
_CHUNK = 10

Run = Callable[[int], None]
"""Runs the interleaving of a seed; AssertionError if something was lost."""


def first_failure(run: Run, start: int) -> str:
    """Run a chunk of interleavings; returns the first failure with its seed, "" for none."""
    for seed in range(start, start + _CHUNK):
        try:
            run(seed)
        except AssertionError as failure:
            return f"seed {seed}: {failure}"
    return ""


def failures(run: Run, count: int) -> Iterator[str]:
    """Yield the failures of `count` interleavings, as they come."""
    with ProcessPoolExecutor(_WORKERS) as pool:
        starts = iter(range(0, count, _CHUNK))
        while chunks := list(itertools.islice(starts, 2 * _WORKERS)):
            yield from filter(None, pool.map(functools.partial(first_failure, run), chunks))
