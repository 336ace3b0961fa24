"""Looking at a cluster again and again although its API server may be away for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from solakube_core.engine import Progress
from solakube_core.kube.client.faults import Forbidden, Unreachable

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
        SolakubeError: it was away for longer than `OUTAGE`, or refuses although it was not away.
    """
    end = min(deadline, time.monotonic() + OUTAGE)
    away = False
    while True:
        try:
            return look()
        except (Unreachable, Forbidden) as error:
            # An API server that has just started does not know yet who may do what.
            away = away or isinstance(error, Unreachable)
            if not away or time.monotonic() > end:
                raise
            progress.now(f"{error.problems[0].why}; trying again")
        time.sleep(_PAUSE)
