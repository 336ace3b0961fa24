"""The collector's own place on the registry's volume: lock, journal and trash.

It stands beside `blobs` and `repositories`, where distribution never looks, on the same file system, so that a
blob moves there and back by renaming. All its files are written in place in blocks that were allocated when they were
made: a volume that has filled up since does not matter.
"""

from __future__ import annotations

import os

from solakube_regtool.storage import files, tree
from solakube_regtool.storage.place import Place

NAME = "_solakube"
BLOCK = 4096
"""Bytes of the lock's and the journal's file."""


class Workspace:
    """The folder and its parts; nothing is made before `prepare`."""

    def __init__(self, registry: tree.Tree) -> None:
        self.path = f"{registry.root}/{NAME}"
        self.lock = f"{self.path}/lock"
        self.journal = f"{self.path}/journal"
        self.probe = f"{self.path}/probe"
        self.trash = f"{self.path}/trash"
        self.kept = f"{self.path}/kept"
        self.untagged = f"{self.path}/untagged"
        self.deleted = f"{self.path}/deleted"
        self.leases = f"{self.path}/leases"
        self.moments = f"{self.path}/moments"

    def size(self, place: Place) -> int:
        """Measure the blobs in the trash: those that can be brought back, and those of a run at work or killed.

        Args:
            place: reads what has these paths.

        Returns:
            Bytes.

        Raises:
            OSError: a folder cannot be read.
        """
        folders = [self.trash, *(f"{self.kept}/{name}" for name in place.folders(self.kept))]
        entries = (f"{folder}/{name}/data" for folder in folders for name in place.names(folder))
        return sum(place.size(path) or 0 for path in entries)

    def prepare(self) -> None:
        """Make what is missing. Whoever starts beside a registry does it while there is space.

        Raises:
            OSError: it cannot be made.
        """
        for folder in (self.path, self.trash, self.kept, self.untagged, self.deleted, self.leases):
            if not os.path.isdir(folder):
                os.makedirs(folder, mode=0o755, exist_ok=True)
        for file in (self.lock, self.journal, self.probe):
            _allocate(file)


def _allocate(path: str) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if os.fstat(descriptor).st_size < BLOCK:
            files.write_all(descriptor, b" " * BLOCK)
    finally:
        os.close(descriptor)
