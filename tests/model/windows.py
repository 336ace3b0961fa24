"""When a collection may let clients down for a while: on a volume never, in a bucket while it takes links away."""

from __future__ import annotations


class Windows:
    """Counts their beginnings and ends; a moment is a number of these.

    Attributes:
        moment: the present one.
    """

    def __init__(self) -> None:
        self.moment = 0

    @property
    def is_open(self) -> bool:
        """Whether there is one now."""
        return self.moment % 2 == 1

    def open(self) -> None:
        """Hear that one begins, unless there is one."""
        self.moment += not self.is_open

    def close(self) -> None:
        """Hear that it is over."""
        self.moment += self.is_open

    def was_open_since(self, moment: int) -> bool:
        """Tell whether there was one at any time since a moment."""
        return self.is_open or self.moment > moment

    def is_same(self, moment: int, later: int) -> bool:
        """Tell whether a moment was in a window that was not over at a later one."""
        return moment % 2 == 1 and moment >= later
