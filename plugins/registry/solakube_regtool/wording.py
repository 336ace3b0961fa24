"""Numbers as people read them."""

from __future__ import annotations

_UNITS = ("KiB", "MiB", "GiB", "TiB")


def counted(number: int, noun: str, several: str = "") -> str:
    """Return a number with its noun, such as "1 tag" or "2 tags".

    Args:
        number: how many there are.
        noun: for one.
        several: for any other number, where that is not the noun and an s.
    """
    return f"{number} {noun if number == 1 else several or noun + 's'}"


def size(number: int) -> str:
    """Return bytes with a binary unit, such as "1.5 MiB"; "200 bytes" below 1 KiB."""
    amount, unit = float(number), ""
    for larger in _UNITS:
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.1f} {unit}" if unit else counted(number, "byte")
