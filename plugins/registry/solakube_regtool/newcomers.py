"""Links that are made while a collection runs: a push that finds a blob in its place reads nothing, and just links it.

To look for new links everywhere costs a pass over all repositories. But whoever makes one changes a folder above it:
each upload comes and goes in `_uploads`, and a manifest's first link is a new entry among its repository's revisions.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from solakube_regtool import tree
from solakube_regtool.barrier import Stamp, stamp
from solakube_regtool.tree import Link, Tree

_UNSURE_NS = 50_000_000
"""Nanoseconds within which two changes of a folder may carry the same time stamp (the kernel's tick is 1 to 10 ms)."""


class _Signature(NamedTuple):
    changed: int
    entries: int


class Newcomers:
    """The links that were made since this was made.

    Args:
        registry: the tree.

    Raises:
        OSError: a folder cannot be looked at.
    """

    def __init__(self, registry: Tree) -> None:
        self._registry = registry
        self._since = time.time_ns()
        self._before = dict(self._signatures())

    def linked(self, key: bytes, known: Iterable[Link], changed: Iterable[str]) -> bool:
        """Tell whether a blob has a link that is not among those known.

        Args:
            key: the blob.
            known: its links so far.
            changed: the repositories to look into, from `changed`.
        """
        known = set(known)
        for repository in changed:
            for kind in (tree.LAYERS, tree.REVISIONS):
                link = Link(repository, kind, key)
                if link not in known and self._stamp(link) is not None:
                    return True
        return False

    def changed(self) -> list[str]:
        """Name the repositories in which links may have been made.

        Raises:
            OSError: a folder cannot be looked at.
        """
        found: dict[str, None] = {}
        for place, signature in self._signatures():
            if signature != self._before.get(place) or signature.changed > self._since - _UNSURE_NS:
                found[place[0]] = None
        return list(found)

    def _stamp(self, link: Link) -> Stamp | None:
        return stamp(self._registry.link_path(link))

    def _signatures(self) -> Iterator[tuple[tuple[str, str], _Signature]]:
        for repository in self._registry.repositories():
            uploads = self._registry.uploads_folder(repository)
            for folder in (uploads, self._registry.links_folder(repository, tree.REVISIONS) + "/sha256"):
                try:
                    status = os.stat(folder)
                except (FileNotFoundError, NotADirectoryError):
                    continue
                yield (repository, folder), _Signature(status.st_mtime_ns, status.st_nlink)
