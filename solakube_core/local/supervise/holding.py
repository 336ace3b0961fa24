"""The supervisor's hold on the data: nobody else works on it, and it is the data that was deployed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from solakube_core.errors import SolakubeError
from solakube_core.local.data.identity import absent
from solakube_core.local.data.others import lock


def say(text: str) -> None:
    """Write a line into the supervisor's log."""
    print(text, file=sys.stderr, flush=True)


class Hold:
    """Locks one data folder at a time, as long as the process lives.

    Args:
        state: the component's state folder.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._descriptor = -1
        self._said = ""

    def take(self, data: Path) -> bool:
        """Hold this folder; tell whether it is held. What keeps it from being held is said once."""
        try:
            why = self._take(data)
        except OSError as error:
            why = f"it cannot be opened: {error.strerror}"
        except SolakubeError as error:
            why = str(error)
        if why and why != self._said:
            say(f"nothing is started on the data folder {data}: {why}")
        self._said = why
        return not why

    def _take(self, data: Path) -> str:
        if why := absent(self._state, data):
            return why
        if self._descriptor >= 0 and os.path.samestat(os.fstat(self._descriptor), data.stat()):
            return ""
        taken = lock(data)
        if taken is None:
            return "another process works on it"
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = taken
        return ""
