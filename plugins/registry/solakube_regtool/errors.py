"""What the program tells instead of a traceback."""

from __future__ import annotations


class RegtoolError(Exception):
    """Something that cannot be done.

    Args:
        what: what failed.
        why: the cause, as far as it is known.
        hint: what to do about it.
    """

    def __init__(self, what: str, why: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.hint = hint

    def __str__(self) -> str:
        return ": ".join(part for part in (self.what, self.why) if part) + (f"; {self.hint}" if self.hint else "")


class Unreadable(RegtoolError):
    """One thing in a registry cannot be read, others can; `why` is the end of a sentence about it."""
