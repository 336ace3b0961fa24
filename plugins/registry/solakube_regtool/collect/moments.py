"""Moments in which the registry answers no request."""

from __future__ import annotations

from solakube_regtool.collect.activity import Activity, Moment
from solakube_regtool.collect.steps import Step, Steps

PATIENCE = 60.0
"""Seconds that are waited at most, all in all, for such moments."""

POLL = 0.02
"""Seconds between two looks at the registry."""


class Moments:
    """Waits for moments without requests, within its patience.

    Args:
        activity: tells whether any request is under way.

    Attributes:
        last: what the registry did when last looked at; None where that cannot be told.
    """

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        self._patience = PATIENCE
        self.last: Moment | None = None

    @property
    def alone(self) -> bool:
        """No request was under way when last looked at. See `Step.alone`."""
        return self.last is not None and self.last.idle

    def look(self) -> Moment | None:
        """Look what the registry does at this moment."""
        self.last = self._activity.moment()
        return self.last

    def wait(self) -> Steps:
        """Wait for the next one, or until patience is over; not at all where nothing can be told of requests."""
        while True:
            moment = self.look()
            if moment is None or moment.idle or self._patience <= 0:
                return
            self._patience -= POLL
            yield Step("wait for a moment without requests", POLL)
