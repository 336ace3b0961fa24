"""One run at a time on a volume, whichever container or process it is in.

The lock is the kernel's (flock on a file on the volume): it works across containers, whose process numbers mean nothing
to each other, and it vanishes with its holder, so that a dead one is taken over by merely asking. The file tells who
holds it, for messages.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from typing import NamedTuple

from solakube_regtool import wording
from solakube_regtool.errors import RegtoolError
from solakube_regtool.storage import files
from solakube_regtool.storage.workspace import BLOCK, Workspace

_POLL = 0.01
"""Seconds between two attempts to take the lock."""


class Owner(NamedTuple):
    """Who holds the lock, or held it last.

    Attributes:
        host: the machine's or the pod's name.
        process: its process number there.
        since: seconds since 1970.
        done: it has let go of the lock in good order.
    """

    host: str
    process: int
    since: float
    done: bool = False

    def __str__(self) -> str:
        begun = wording.moment(self.since)
        return f"process {self.process} on {self.host}, since {begun}"


class BusyError(RegtoolError):
    """Another run holds the lock."""


class RunLock:
    """The lock of a volume's maintenance.

    Attributes:
        taken_over: the former owner, if it died holding the lock.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._path = workspace.lock
        self._descriptor = -1
        self.taken_over: Owner | None = None

    def take(self, patience: float = 0.0) -> None:
        """Take the lock.

        Args:
            patience: seconds to wait for another run to let go of it.

        Raises:
            BusyError: another run holds it.
            OSError: the file cannot be opened.
        """
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        last = self._read()
        end = time.monotonic() + patience
        while not self._is_taken():
            if time.monotonic() >= end:
                os.close(self._descriptor)
                owner = str(last or "its owner is not known")
                raise BusyError("another run is at work on this volume", owner, "wait for it to end")
            time.sleep(_POLL)
        self.taken_over = last if last and not last.done else None
        self._write(Owner(os.uname().nodename, os.getpid(), time.time()))

    def _is_taken(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let go of the lock."""
        self._write(Owner(os.uname().nodename, os.getpid(), time.time(), done=True))
        self.abandon()

    def abandon(self) -> None:
        """Let go of the lock the way a dying process does."""
        os.close(self._descriptor)

    def _read(self) -> Owner | None:
        try:
            return Owner(**json.loads(os.pread(self._descriptor, BLOCK, 0)))
        except (ValueError, TypeError):
            return None

    def _write(self, owner: Owner) -> None:
        files.write_all(self._descriptor, json.dumps(owner._asdict()).encode().ljust(BLOCK))
