"""Links that are made while a collection runs: a push that finds a blob in its place reads nothing, and just links it.

To look for new links everywhere costs a pass over all repositories. But whoever makes one changes a folder above it:
each upload comes and goes in `_uploads`, and a manifest's first link is a new entry among its repository's revisions.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator
from typing import NamedTuple

from solakube_regtool.collect.barrier import stamp
from solakube_regtool.collect.candidates import Candidate
from solakube_regtool.oci import digests
from solakube_regtool.storage.links import LAYERS, REVISIONS, Link
from solakube_regtool.storage.tree import UPLOADS, Tree

_UNSURE_NS = 50_000_000
"""Nanoseconds within which two changes of a folder may carry the same time stamp (the kernel's tick is 1 to 10 ms)."""


_EMPTY = 2
"""Links to an empty folder, where the file system counts them (ext4, xfs; btrfs does not, and has 1 for all)."""


class _Signature(NamedTuple):
    repository: str
    folder: str
    changed: int
    entries: int


class Look:
    """What was seen of pushes at a moment.

    Args:
        registry: the tree.
        sizes: bytes of the uploads under way: one that is complete may be about to find its blob in its place.
        changed: the repositories in which links may have been made.
    """

    def __init__(self, registry: Tree, sizes: Collection[int], changed: Collection[str]) -> None:
        self._registry, self._sizes, self._changed = registry, sizes, changed

    def finds(self, candidate: Candidate) -> bool:
        """Tell whether a push has linked a candidate that it found in its place, or may be about to.

        Raises:
            OSError: a file cannot be looked at.
        """
        return candidate.size in self._sizes or any(self._new_links(candidate))

    def _new_links(self, candidate: Candidate) -> Iterator[bool]:
        for repository in self._changed:
            for kind in (LAYERS, REVISIONS):
                link = Link(repository, kind, candidate.key)
                yield stamp(self._registry.link_path(link)) is not None and link not in candidate.links


class Newcomers:
    """Looks out for links that are made from now on.

    Args:
        registry: the tree.

    Raises:
        OSError: a folder cannot be looked at.
    """

    def __init__(self, registry: Tree) -> None:
        self._registry = registry
        self._since = time.time_ns()
        # Their hashes alone: there may be a hundred thousand folders.
        self._before = {hash(found) for found in self._signatures()}

    def look(self) -> Look:
        """Look at the uploads and for repositories that have changed.

        Raises:
            OSError: a folder cannot be looked at.
        """
        changed: dict[str, None] = {}
        sizes: set[int] = set()
        for found in self._signatures():
            if hash(found) not in self._before or found.changed > self._since - _UNSURE_NS:
                changed[found.repository] = None
            if found.folder == UPLOADS and found.entries != _EMPTY:
                sizes.update(upload.size for upload in self._registry.uploads(found.repository))
        return Look(self._registry, sizes, tuple(changed))

    def _signatures(self) -> Iterator[_Signature]:
        for repository in self._registry.repositories():
            for folder in (UPLOADS, f"{REVISIONS}/{digests.CANONICAL}"):
                try:
                    status = os.stat(self._registry.links_folder(repository, folder))
                except (FileNotFoundError, NotADirectoryError):
                    continue
                yield _Signature(repository, folder, status.st_mtime_ns, status.st_nlink)
