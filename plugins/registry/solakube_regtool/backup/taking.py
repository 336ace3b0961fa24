"""Taking a backup of a registry at work: the references first, the blobs after them, nothing deleted meanwhile."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from solakube_regtool import wording
from solakube_regtool.backup.copying import MISSING
from solakube_regtool.backup.keeping import Kept
from solakube_regtool.backup.moments import Summary
from solakube_regtool.backup.origin import Opened, Origin, named
from solakube_regtool.backup.references import References
from solakube_regtool.backup.target import Target
from solakube_regtool.oci import digests

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

    def sentence(self) -> str:
        """Say what it holds, and what was copied for it."""
        copied = f"{wording.counted(self.copied, 'blob')} copied, {wording.size(self.copied_bytes)}"
        return f"{self.name}: {wording.counted(self.summary.tags, 'tag')}; {copied}"

    def figures(self) -> dict[str, Any]:
        """Give its fields for JSON, but for the faults."""
        copied = {"copied": self.copied, "copied_bytes": self.copied_bytes}
        return {"name": self.name, **self.summary._asdict(), **copied}


def take(opened: Opened, target: Target, progress: Progress) -> Taken:
    """Back a registry up.

    Args:
        opened: opens what it is taken from.
        target: where to.
        progress: told what is done next.

    Raises:
        RegtoolError: a backup or a collection is at work, or deletions were not held all the time.
        OSError: the registry cannot be read, or the target not be written.
    """
    with target.changing():
        there = {key: size for key in target.tree.blob_keys() if (size := target.tree.blob_size(key)) is not None}
        with opened(there.keys()) as origin:
            references = []
            for one in origin.references():
                progress(f"read {one.repository}")
                references.append(one)
            copying = _Copying(origin, target, progress)
            copying.copy(references, there)
            origin.require_held()
        tags = sum(len(one.tags) for one in references)
        summary = Summary(origin.taken, len(references), tags, copying.blobs, copying.size, copying.missing)
        progress("writing the references")
        # All blobs are on the disk before anything names them.
        os.sync()
        name = target.publish(origin.taken, references, lambda: summary)
        return Taken(name, summary, copying.copied, copying.copied_bytes, tuple(copying.faults))


class _Copying:
    """Copies what the target has not got."""

    def __init__(self, origin: Origin, target: Target, progress: Progress) -> None:
        self._origin, self._tree, self._progress = origin, target.tree, progress
        self.blobs = self.size = self.copied = self.copied_bytes = self.missing = 0
        self.faults: list[str] = []

    def copy(self, references: Iterable[References], there: Mapping[bytes, int]) -> None:
        for key in named(references):
            size = there[key] if key in there else self._copy(key)
            if size is not None:
                self.blobs += 1
                self.size += size

    def _copy(self, key: bytes) -> int | None:
        """Copy a blob; gives its size."""
        self._progress(f"copying {digests.text(key)}")
        fault = self._origin.copy(key, self._tree)
        if fault:
            # Links that lead to nothing are common, and no image needs them; other faults are told one by one.
            self.missing += fault == MISSING
            self.faults += [] if fault == MISSING else [f"the blob {digests.text(key)} {fault}"]
            return None
        size = self._tree.blob_size(key) or 0
        self.copied += 1
        self.copied_bytes += size
        return size


def prune(target: Target, kept: Kept, progress: Progress) -> tuple[int, int, int]:
    """Delete moments, and the blobs that none of those that stay names.

    Args:
        target: where they are.
        kept: chooses which moments stay.
        progress: told what is done next.

    Returns:
        The number of moments that were deleted, of blobs, and the bytes of these.

    Raises:
        RegtoolError: a moment that stays cannot be read: then it is not known what it names.
        OSError: the target cannot be written.
    """
    with target.changing():
        names = target.names()
        stay = kept(names)
        doomed = [name for name in names if name not in stay]
        wanted: set[bytes] = set()
        for name in names:
            if name in stay:
                progress(f"reading {name}")
                # To its end: one that is cut off names more than can be read.
                target.summary(name)
                for one in target.read(name):
                    wanted.update(one.blobs())
        for name in doomed:
            progress(f"deleting {name}")
            target.forget(name)
        blobs = size = 0
        for key in list(target.tree.blob_keys()):
            if key not in wanted:
                progress(f"deleting {digests.text(key)}")
                size += target.tree.blob_size(key) or 0
                blobs += 1
                shutil.rmtree(target.tree.blob_folder(key))
        return len(doomed), blobs, size
