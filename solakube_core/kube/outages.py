"""Looking at a cluster again and again although its API server may be away for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from solakube_core.engine import Progress
from solakube_core.kube.faults import Unreachable

OUTAGE = 60.0
"""Seconds for which the API server may be away while something is awaited: it restarts on small clusters."""

_PAUSE = 0.5

Out = TypeVar("Out")


def bridged(look: Callable[[], Out], progress: Progress, deadline: float) -> Out:
    """Return what a look at the cluster gives, once the API server answers.

    Args:
        look: safe to repeat.
        deadline: on the clock of time.monotonic(); what is awaited has no time beyond it.

    Raises:
        Unreachable: it was away for longer than `OUTAGE`.
    """
    end = min(deadline, time.monotonic() + OUTAGE)
    while True:
        try:
            return look()
        except Unreachable as error:
            if time.monotonic() > end:
                raise
            progress.now(f"{error.problems[0].why}; trying again")
        time.sleep(_PAUSE)
