"""Which backups stay when old ones are deleted."""

from __future__ import annotations

import calendar
import time
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from solakube_regtool.errors import RegtoolError

Kept = Callable[[Sequence[str]], Collection[str]]
"""Chooses, from the names of all moments with the latest at the end, those that stay."""

_DAY = 86400
_MONTH, _YEAR = 31 * _DAY, 366 * _DAY
"""As long as Velero's backups of the same settings are kept."""


def latest(count: int) -> Kept:
    """Keep so many, the last ones.

    Raises:
        RegtoolError: that is none.
    """
    if count < 1:
        raise RegtoolError("no backup would be left", "", "keep one at least")
    return lambda names: names[-count:]


class Periods(NamedTuple):
    """For how long backups are kept.

    Attributes:
        days: that every backup is.
        months: that the first one of a month is, of 31 days each.
        years: that the first one of a year is, of 366 days each.
    """

    days: int
    months: int
    years: int

    def at(self, now: float) -> Kept:
        """Tell what stays at a time, in seconds since 1970.

        The latest stays, however old it is. Months and years are those of UTC.
        """

        def kept(names: Sequence[str]) -> Collection[str]:
            ages = {name: now - _taken(name) for name in names}
            stay = set(names[-1:])
            stay |= {name for name in names if ages[name] < self.days * _DAY}
            stay |= {name for name in _firsts(names, len("YYYYMM")) if ages[name] < self.months * _MONTH}
            stay |= {name for name in _firsts(names, len("YYYY")) if ages[name] < self.years * _YEAR}
            return stay

        return kept


def _taken(name: str) -> float:
    return calendar.timegm(time.strptime(name[: len("YYYYMMDDTHHMMSS")], "%Y%m%dT%H%M%S"))


def _firsts(names: Sequence[str], digits: int) -> Collection[str]:
    """Give the first name of each that begin with the same digits."""
    return {name[:digits]: name for name in reversed(names)}.values()
