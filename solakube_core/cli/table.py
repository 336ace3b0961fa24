"""Tables: as wide as what they hold. On a terminal that is too narrow columns give way, names never."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from solakube_core.wording import printable

GAP = "  "
_NARROWEST_TEXT = 24
"""Columns of a terminal below which running text is no longer worth its place."""


def plain(value: object) -> str:
    """Return a value in one line that no terminal takes for a command; "-" for none."""
    if value is None or value == "":
        return "-"
    if isinstance(value, (list, tuple)):
        return " ".join(map(plain, value)) or "-"
    return printable(str(value))


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        key: of the items' values.
        text: makes the value readable.
        heading: None for the key in capitals.
        brief: makes it short, for a terminal; None where it must not be cut.
        goes: the order in which columns give way on a terminal that is too narrow, 1 first; 0 for never.
        wraps: running text that may go on in the next line; of the last column alone.
    """

    key: str
    text: Callable[[Any], str] = plain
    heading: str | None = None
    brief: Callable[[Any], str] | None = None
    goes: int = 0
    wraps: bool = False


def lines(items: Sequence[Mapping[str, Any]], columns: Sequence[Column], width: int | None) -> Iterator[str]:
    """Lay a table out, line by line.

    Args:
        items: one map for each row.
        columns: what to show of them.
        width: columns of the terminal; None where nothing may be cut.
    """
    made = [_cells(items, column, width is not None) for column in columns]
    widths = [max(map(len, cells)) for cells in made]
    shown = list(range(len(columns))) if width is None else _fitting(columns, widths, width)
    last = shown[-1]
    before = sum(widths[at] + len(GAP) for at in shown[:-1])
    row = GAP.join(f"%-{widths[at]}s" for at in shown)
    for cells in zip(*(made[at] for at in shown), strict=True):
        if width is None or not columns[last].wraps:
            yield (row % cells).rstrip()
            continue
        first, *rest = textwrap.wrap(cells[-1], max(width - before, _NARROWEST_TEXT)) or [""]
        yield (row % (*cells[:-1], first)).rstrip()
        yield from (" " * before + line for line in rest)


def _cells(items: Sequence[Mapping[str, Any]], column: Column, brief: bool) -> list[str]:
    text = column.brief if brief and column.brief else column.text
    heading = column.key.replace("_", " ").upper() if column.heading is None else column.heading
    return [heading, *(text(item.get(column.key)) for item in items)]


def _fitting(columns: Sequence[Column], widths: Sequence[int], width: int) -> list[int]:
    """Return the places of the columns that stay."""
    shown = list(range(len(columns)))

    def needed() -> int:
        parts = (min(widths[at], _NARROWEST_TEXT) if columns[at].wraps else widths[at] for at in shown)
        return sum(parts) + len(GAP) * (len(shown) - 1)

    for at in sorted((at for at in shown if columns[at].goes), key=lambda at: columns[at].goes):
        if needed() <= width:
            break
        shown.remove(at)
    return shown
