"""Wait for what happens in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable

_PAUSE_SECONDS = 0.3


def eventually(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Return as soon as `holds()` is true; fail the test, naming `what`, when it is not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(_PAUSE_SECONDS)
