"""Moments in which the registry answers no request."""

from __future__ import annotations

from solakube_regtool.activity import Activity
from solakube_regtool.steps import Step, Steps

PATIENCE = 60.0
"""Seconds that are waited at most, all in all, for such moments."""

POLL = 0.02
"""Seconds between two looks at the registry."""


class Moments:
    """Waits for moments without requests, within its patience.

    Args:
        activity: tells whether any request is under way.

    Attributes:
        alone: the last wait ended in such a moment. See `Step.alone`.
    """

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        self._patience = PATIENCE
        self.alone = False

    def wait(self) -> Steps:
        """Wait for the next one, or until patience is over; not at all where nothing can be told of requests."""
        while True:
            idle = self._activity.idle()
            self.alone = bool(idle)
            if idle is not False or self._patience <= 0:
                return
            self._patience -= POLL
            yield Step("wait for a moment without requests", POLL)
