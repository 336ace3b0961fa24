"""What a backup is taken from: a registry's tree, or the stream of a program beside it (see `incoming`)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Set
from typing import Protocol

from solakube_regtool.backup.copying import copy_blob
from solakube_regtool.backup.references import References, read_repository
from solakube_regtool.storage.tree import Tree


class Origin(Protocol):
    """A registry of which nothing is deleted: its references are asked for first, the blobs that they name after them.

    All may raise RegtoolError and OSError.
    """

    @property
    def taken(self) -> float:
        """When its references were read, in seconds since 1970."""

    def references(self) -> Iterator[References]:
        """Give those of each repository."""

    def copy(self, key: bytes, target: Tree) -> str:
        """Copy a blob, as `copying.copy_blob` does; asked in the order of `named`, for all that the target lacks."""

    def require_held(self) -> None:
        """Make sure that nothing was deleted since `taken`."""


Opened = Callable[[Set[bytes]], "contextlib.AbstractContextManager[Origin]"]
"""Opens an origin, given the keys of those blobs that will not be asked for."""

Held = contextlib.AbstractContextManager[Callable[[], None]]
"""Has nothing deleted while it lasts, and gives what makes sure of that: see `holding.deletions_held`."""


def named(references: Iterable[References]) -> Iterable[bytes]:
    """Give the keys of all blobs that references name, each once, in the order in which they are copied."""
    return dict.fromkeys(key for one in references for key in one.blobs())


@contextlib.contextmanager
def opened_tree(registry: Tree, held: Held) -> Iterator[TreeOrigin]:
    """Open a registry's tree.

    Args:
        registry: the tree.
        held: has nothing deleted.
    """
    with held as require_held:
        yield TreeOrigin(registry, require_held)


class TreeOrigin:
    """Implements `Origin` over a tree.

    Args:
        registry: the tree.
        require_held: makes sure that nothing was deleted.
    """

    def __init__(self, registry: Tree, require_held: Callable[[], None]) -> None:
        self.registry, self.require_held = registry, require_held
        self.taken = time.time()

    def references(self) -> Iterator[References]:
        """Read them, of a registry that may be at work."""
        # In a bucket their names are a list of everything, and each is listed anew.
        return (read_repository(self.registry, repository) for repository in list(self.registry.repositories()))

    def copy(self, key: bytes, target: Tree) -> str:
        """Copy a blob."""
        return copy_blob(self.registry, target, key)
