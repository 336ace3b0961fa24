"""Wait for what happens in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 300.0
"""Seconds after which a test gives up what must come by itself. A busy machine takes its time, which is no failure."""

LONGEST = 1800.0
"""Seconds until a test that hangs is ended. Its fixtures may make parts of the test bed from nothing meanwhile."""


def eventually(
    holds: Callable[[], bool], what: str, seconds: float = PATIENCE, steady: float = 0, pause: float = 0.3
) -> None:
    """Return as soon as `holds()` is true; fail the test, naming `what`, when it is not within `seconds`.

    Args:
        holds: asked again and again.
        what: the condition, in words.
        seconds: until the test fails.
        steady: seconds for which it has to stay true, where something earlier may still make it so.
        pause: seconds between two questions.
    """
    deadline = time.monotonic() + seconds
    since: float | None = None
    while True:
        now = time.monotonic()
        since = (now if since is None else since) if holds() else None
        if since is not None and time.monotonic() - since >= steady:
            return
        assert now < deadline, f"not within {seconds} s: {what}"
        time.sleep(pause)
