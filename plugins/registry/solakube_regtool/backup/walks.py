"""Backups by programs that walk through the data file by file: Velero's file-system backup, kopia, restic.

    <root>/_solakube/moments/<lease>/<time>.jsonl.gz    what the registry's references were before the walk

Who walks meets a repository before or after a push, and blobs before the links that need them. So deletions are held
from before the walk to its end, and the moment of its beginning is written down first: all that the list names is in
the copy, and so is the list. `settling` brings the copy's tags to it.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from typing import NamedTuple

from solakube_regtool.backup.moments import Moments, Summary
from solakube_regtool.backup.references import References, read_repository
from solakube_regtool.collect.holding import await_collection
from solakube_regtool.errors import RegtoolError
from solakube_regtool.storage import files
from solakube_regtool.storage.leases import Leases, require_name
from solakube_regtool.storage.tree import UPLOADS, Tree
from solakube_regtool.storage.uploads import UNFINISHED
from solakube_regtool.storage.workspace import NAME, Workspace

EXCLUSIONS = ".kopiaignore"
"""In the data folder: what kopia, and Velero with it, leaves out. The rules are those of .gitignore."""


class Waiting(NamedTuple):
    """A list that nobody's lease belongs to: the folder was restored, or a walk's end was never told.

    Attributes:
        lease: the name of the lease that it was written for.
        moment: its name.
    """

    lease: str
    moment: str


def begin(registry: Tree, lease: str, seconds: float, patience: float) -> None:
    """Hold deletions for a walk, and write down what the registry's references are.

    Args:
        registry: the tree.
        lease: name of the lease; one of this name begins anew.
        seconds: after which it lapses.
        patience: seconds to wait at most for a collection that is at work.

    Raises:
        RegtoolError: a collection does not end, or that is no name. Nothing is held then.
        OSError: the volume failed.
    """
    leases = Leases(registry)
    leases.take(lease, seconds)
    try:
        _forget_all(registry, {held.name for held in leases.held()} - {lease})
        await_collection(registry, patience)
        _write_exclusions(registry)
        _write_moment(registry, lease)
    except (RegtoolError, OSError):
        end(registry, lease)
        raise


def end(registry: Tree, lease: str) -> bool:
    """Let things be deleted again, and drop the list; tells whether they were held until now.

    Raises:
        RegtoolError: that is no name.
        OSError: the volume failed.
    """
    require_name(lease)
    # The list first: one that no lease belongs to stands for a restored folder.
    _forget(f"{Workspace(registry).moments}/{lease}")
    return Leases(registry).end(lease)


def waiting(registry: Tree) -> list[Waiting]:
    """Give the lists that no lease belongs to, the latest at the end.

    Raises:
        OSError: they cannot be read.
    """
    held = {lease.name for lease in Leases(registry).held()}
    found = (Waiting(lease, name) for lease in _listed(registry) for name in moments_of(registry, lease).names())
    return sorted((one for one in found if one.lease not in held), key=lambda one: one.moment)


def moments_of(registry: Tree, lease: str) -> Moments:
    """Return the lists of a lease."""
    return Moments(f"{Workspace(registry).moments}/{lease}")


def forget_waiting(registry: Tree) -> None:
    """Drop the lists that no lease belongs to.

    Raises:
        OSError: they cannot be deleted.
    """
    _forget_all(registry, {held.name for held in Leases(registry).held()})


def _listed(registry: Tree) -> list[str]:
    return files.folders(Workspace(registry).moments)


def _forget_all(registry: Tree, but: set[str]) -> None:
    for lease in _listed(registry):
        if lease not in but:
            _forget(f"{Workspace(registry).moments}/{lease}")


def _forget(folder: str) -> None:
    if os.path.isdir(folder):
        shutil.rmtree(folder)


def _write_exclusions(registry: Tree) -> None:
    """Say what a walk must not meet, unless the owner has said so himself.

    Files that come and go would fail it: uploads, and what is written beside a file before it takes its place. Our own
    folder is of no use to a copy, but for the list.
    """
    path = f"{registry.data}/{EXCLUSIONS}"
    if os.path.lexists(path):
        return
    own = f"{os.path.relpath(registry.root, registry.data)}/{NAME}"
    lines = ("# Written by `hold`.", f"{UPLOADS}/", f"*{UNFINISHED}", f"/{own}/*", f"!/{own}/moments/")
    files.replace(path, "".join(f"{line}\n" for line in lines).encode())


def _write_moment(registry: Tree, lease: str) -> None:
    taken, counting = time.time(), _Counting(registry)
    moments = moments_of(registry, lease)
    moments.prepare()
    moments.publish(taken, counting.references(), lambda: counting.summary(taken))


class _Counting:
    """Reads the references of a registry, one repository at a time, and counts them."""

    def __init__(self, registry: Tree) -> None:
        self._registry = registry
        self._repositories = self._tags = self._size = self._missing = 0
        self._seen: set[bytes] = set()

    def references(self) -> Iterator[References]:
        for repository in self._registry.repositories():
            one = read_repository(self._registry, repository)
            self._repositories += 1
            self._tags += len(one.tags)
            for key in one.blobs():
                self._count(key)
            yield one

    def _count(self, key: bytes) -> None:
        if key not in self._seen:
            self._seen.add(key)
            size = self._registry.blob_size(key)
            self._missing += size is None
            self._size += size or 0

    def summary(self, taken: float) -> Summary:
        blobs = len(self._seen) - self._missing
        return Summary(taken, self._repositories, self._tags, blobs, self._size, self._missing)
