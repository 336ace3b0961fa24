"""Tests of several processes on one cluster: side by side, but for those that change what all of them rely on."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


class Turns:
    """Who may use the cluster at the moment: any number of tests together, or one that needs it for itself.

    Args:
        folder: made if need be; the same for all processes that share the cluster. Locks of a process that is killed
            are gone with it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stay = ExitStack()
        self._alone = False

    def begin(self, alone: bool) -> None:
        """Wait until the cluster may be used; whoever already has it for themselves goes on."""
        if self._alone and alone:
            return
        self.end()
        # All come through the door one by one. Who waits behind it for an empty room holds it meanwhile: without
        # that, tests that share the room would take turns in there, and it would never be empty.
        door = self._stay.enter_context(self._locked("door", fcntl.LOCK_EX))
        self._stay.enter_context(self._locked("room", fcntl.LOCK_EX if alone else fcntl.LOCK_SH))
        fcntl.flock(door, fcntl.LOCK_UN)
        self._alone = alone

    def end(self) -> None:
        """Leave the cluster to others."""
        self._stay.close()
        self._alone = False

    @contextmanager
    def _locked(self, name: str, how: int) -> Iterator[int]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / name).open("w") as file:
            fcntl.flock(file, how)
            yield file.fileno()
