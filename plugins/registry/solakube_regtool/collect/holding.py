"""Holding deletions, and waiting for the collection that is at work."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from solakube_regtool.collect.run import recover
from solakube_regtool.storage.leases import Leases
from solakube_regtool.storage.tree import Tree

PATIENCE = 3600.0
"""Seconds that a collection may take to end which frees something; one that waits gives way at once."""


@contextlib.contextmanager
def deletions_held(registry: Tree, name: str) -> Iterator[Callable[[], None]]:
    """Hold deletions while something is done with a registry's data, all of which is in its place.

    Args:
        registry: the tree.
        name: what for, such as `backup`.

    Yields:
        Makes sure that they were held all the time; see `Leases.holding`.

    Raises:
        RegtoolError: somebody does the same already, or a collection does not end.
        OSError: the volume failed.
    """
    with Leases(registry).holding(name) as require:
        await_collection(registry, PATIENCE)
        yield require


def await_collection(registry: Tree, patience: float) -> None:
    """Wait for the collection that is at work; what one that was killed had moved away goes back.

    Args:
        registry: the tree.
        patience: seconds to wait at most.

    Raises:
        BusyError: it still is at work.
        OSError: the volume failed.
    """
    recover(registry, patience)
