"""Numbers, times and texts as people read them."""

from __future__ import annotations

import time
from datetime import datetime

from solakube_core.urls import without_secrets

_UNITS = ("B", "KiB", "MiB", "GiB")
_LONGEST = 1000
"""Characters of a line that is shown: what is longer was not written by hand."""
_SPANS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def counted(count: int, noun: str, several: str = "") -> str:
    """Return a number with its noun, such as "1 tag" or "2 tags".

    Args:
        count: how many there are.
        noun: for one.
        several: for any other number, where that is not the noun and an s.
    """
    return f"{count} {noun if count == 1 else several or noun + 's'}"


def printable(text: str) -> str:
    """Return a text without what a terminal takes for a command or for another direction of writing."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def shown(text: str) -> str:
    """Return what is told to people, line by line: printable, without secrets of URLs, and of a long line both ends."""
    lines = without_secrets(text).replace("\t", "    ").split("\n")
    return "\n".join(map(_shortened, map(printable, lines)))


def _shortened(line: str) -> str:
    if len(line) <= _LONGEST:
        return line
    half = _LONGEST // 2
    return f"{line[:half]} ... ({len(line) - 2 * half} more characters) ... {line[-half:]}"


def size(count: int) -> str:
    """Return bytes with a binary unit, such as "1.5 MiB"."""
    amount = float(count)
    for unit in _UNITS:
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def moment(seconds: float) -> str:
    """Return a time in seconds since 1970 as people read it, such as "2026-11-28 22:00:00 UTC"."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def rfc3339(moment: float | None) -> str | None:
    """Return a time in seconds since 1970 as RFC 3339 has it, in UTC; None for one that only stands for none."""
    # Images without a date have one of the year 1.
    if moment is None or moment < 0:
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def age(moment: str) -> str:
    """Return how long ago a time by RFC 3339 was, such as "3 days ago"."""
    seconds = max(0, int(time.time() - datetime.fromisoformat(moment).timestamp()))
    for length, noun in _SPANS:
        if seconds >= length:
            return f"{counted(seconds // length, noun)} ago"
    return f"{seconds} s ago"
