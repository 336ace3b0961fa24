"""Numbers and times as people read them."""

from __future__ import annotations

import time

_UNITS = ("B", "KiB", "MiB", "GiB")


def counted(number: int, noun: str, several: str = "") -> str:
    """Return a number with its noun, such as "1 tag" or "2 tags".

    Args:
        number: how many there are.
        noun: for one.
        several: for any other number, where that is not the noun and an s.
    """
    return f"{number} {noun if number == 1 else several or noun + 's'}"


def size(number: int) -> str:
    """Return bytes with a binary unit, such as "1.5 MiB", as `sk` itself does."""
    amount = float(number)
    for unit in _UNITS:
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def moment(seconds: float) -> str:
    """Return a time in seconds since 1970 as people read it, such as "2026-11-28 22:00:00 UTC"."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
