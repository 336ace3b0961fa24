"""The collector's work is a generator of steps, each taken before something happens on the volume.

Whoever drives it waits where a step says so. A test may let the registry work between any two steps, or never come
back, as a process that is killed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Step(NamedTuple):
    """What is done next.

    Attributes:
        name: for people and tests.
        pause: seconds to wait first.
        alone: no request of the registry was under way a moment ago, milliseconds at most.
        brisk: it follows the step before within milliseconds: in a stretch of such steps no client has a request
            answered and another one looked into.
    """

    name: str
    pause: float = 0.0
    alone: bool = False
    brisk: bool = False


Steps = Iterator[Step]
