"""Taking a backup of a registry at work: the references first, the blobs after them, nothing deleted meanwhile."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from solakube_regtool.backup.copying import copy_blob
from solakube_regtool.backup.moments import Summary
from solakube_regtool.backup.references import References, read_repository
from solakube_regtool.backup.target import Target
from solakube_regtool.collect.holding import deletions_held
from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import digests
from solakube_regtool.storage.tree import Tree

Progress = Callable[[str], None]
"""Told what is done next."""


class Taken(NamedTuple):
    """A backup that was taken.

    Attributes:
        name: of its moment.
        summary: what it holds.
        copied: blobs that were copied, since the target had not got them.
        copied_bytes: their size.
        faults: blobs that could not be copied, each with the reason.
    """

    name: str
    summary: Summary
    copied: int
    copied_bytes: int
    faults: tuple[str, ...]


def take(registry: Tree, target: Target, progress: Progress) -> Taken:
    """Back a registry up.

    Args:
        registry: the tree.
        target: where to.
        progress: told what is done next.

    Raises:
        RegtoolError: a backup or a collection is at work, or deletions were not held all the time.
        OSError: the registry cannot be read, or the target not be written.
    """
    with target.changing(), deletions_held(registry, "backup") as require_held:
        taken = time.time()
        references = []
        for repository in registry.repositories():
            progress(f"reading {repository}")
            references.append(read_repository(registry, repository))
        copying = _Copying(registry, target, progress)
        copying.copy(references)
        require_held()
        tags = sum(len(one.tags) for one in references)
        summary = Summary(taken, len(references), tags, copying.blobs, copying.size, copying.missing)
        progress("writing the references")
        # All blobs are on the disk before anything names them.
        os.sync()
        name = target.publish(taken, references, lambda: summary)
        return Taken(name, summary, copying.copied, copying.copied_bytes, tuple(copying.faults))


class _Copying:
    """Copies what the target has not got."""

    def __init__(self, registry: Tree, target: Target, progress: Progress) -> None:
        self._registry, self._target, self._progress = registry, target, progress
        self.blobs = self.size = self.copied = self.copied_bytes = self.missing = 0
        self.faults: list[str] = []

    def copy(self, references: Iterable[References]) -> None:
        there, seen = set(self._target.tree.blob_keys()), set[bytes]()
        for one in references:
            for key in one.blobs():
                if key not in seen:
                    seen.add(key)
                    self._copy(key, key in there)

    def _copy(self, key: bytes, there: bool) -> None:
        tree = self._target.tree
        size = tree.blob_size(key) if there else None
        if size is None:
            self._progress(f"copying {digests.text(key)}")
            fault = copy_blob(self._registry, tree, key)
            if fault:
                # Links that lead to nothing are common, and no image needs them; other faults are told one by one.
                self.missing += fault == "is missing"
                self.faults += [] if fault == "is missing" else [f"the blob {digests.text(key)} {fault}"]
                return
            size = tree.blob_size(key) or 0
            self.copied += 1
            self.copied_bytes += size
        self.blobs += 1
        self.size += size


def prune(target: Target, keep: int, progress: Progress) -> tuple[int, int, int]:
    """Delete all but the latest moments, and the blobs that none of these names.

    Args:
        target: where they are.
        keep: how many moments stay.
        progress: told what is done next.

    Returns:
        The number of moments that were deleted, of blobs, and the bytes of these.

    Raises:
        RegtoolError: a moment that stays cannot be read: then it is not known what it names.
        OSError: the target cannot be written.
    """
    if keep < 1:
        raise RegtoolError("no backup would be left", "", "keep one at least")
    with target.changing():
        names = target.names()
        wanted: set[bytes] = set()
        for name in names[-keep:]:
            progress(f"reading {name}")
            # To its end: one that is cut off names more than can be read.
            target.summary(name)
            for one in target.read(name):
                wanted.update(one.blobs())
        for name in names[:-keep]:
            progress(f"deleting {name}")
            target.forget(name)
        blobs = size = 0
        for key in list(target.tree.blob_keys()):
            if key not in wanted:
                progress(f"deleting {digests.text(key)}")
                size += target.tree.blob_size(key) or 0
                blobs += 1
                shutil.rmtree(target.tree.blob_folder(key))
        return len(names[:-keep]), blobs, size
