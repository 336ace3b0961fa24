"""The collector's journal: what a run that was killed had begun and not ended.

Blobs need no more than the trash itself: what lies there goes back (see `trash`). A link that has been moved away does
not tell where it belongs, so that is written down first. The journal is one block that is written in place.
"""

from __future__ import annotations

import json
import os
from typing import NamedTuple

from solakube_regtool.storage import files
from solakube_regtool.storage.workspace import BLOCK, Workspace


class Removal(NamedTuple):
    """The link that was removed last, or is being removed.

    Attributes:
        path: its file.
        target: the digest of the blob it leads to, as text.
    """

    path: str
    target: str


class Journal:
    """The journal of one volume.

    Raises:
        OSError: the file cannot be opened.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._descriptor = os.open(workspace.journal, os.O_RDWR | os.O_CLOEXEC)

    def begun(self) -> Removal | None:
        """Give the removal that was begun last, if any; it may have ended."""
        try:
            return Removal(**json.loads(os.pread(self._descriptor, BLOCK, 0)))
        except (ValueError, TypeError):
            return None

    def begin(self, path: str, target: str) -> None:
        """Write down where a link belongs, before it is moved away.

        Raises:
            ValueError: its path does not fit into the journal.
            OSError: the volume failed.
        """
        record = json.dumps(Removal(path, target)._asdict()).encode()
        if len(record) > BLOCK:
            raise ValueError(f"too long for the journal: {path}")
        files.write_all(self._descriptor, record.ljust(BLOCK))

    def persist(self) -> None:
        """Make sure that all renamings so far outlast a power failure: one journal orders them with this file.

        Raises:
            OSError: the volume failed.
        """
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)
