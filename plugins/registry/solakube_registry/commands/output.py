"""How lists are shown: a table for people, names alone for pipes, JSON or YAML on demand."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

FORMATS = ("auto", "names", "table", "json", "yaml")

format_option: Callable[[Any], Any] = click.option(
    "-o", "--output", type=click.Choice(FORMATS), default="auto", show_default=True, help="How to print."
)


def show(rows: Iterable[dict[str, Any]], output: str, name: str, columns: Sequence[str]) -> None:
    """Print rows.

    Args:
        rows: one map for each.
        output: one of `FORMATS`; "auto" is a table on a terminal and names elsewhere, as the original did.
        name: key of what a name is.
        columns: keys of the table's columns.
    """
    found = list(rows)
    if output == "auto":
        output = "table" if sys.stdout.isatty() else "names"
    if output == "json":
        click.echo(json.dumps(found, indent=2))
    elif output == "yaml":
        from ruamel.yaml import YAML

        YAML(typ="safe", pure=True).dump(found, sys.stdout)
    elif output == "names":
        for row in found:
            click.echo(row[name])
    else:
        _table(found, columns)


def _table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(cell(column, row.get(column)) for column in columns))
    Console().print(table)


def cell(column: str, value: object) -> str:
    """Return a value as people read it: sizes with units, times as ages, digests shortened."""
    if value is None:
        return "-"
    if column in ("created", "pushed", "pulled"):
        return age(float(str(value)))
    if column == "size":
        return size(int(str(value)))
    if column == "digest":
        return str(value)[:19]
    if isinstance(value, list):
        return " ".join(str(entry) for entry in value)
    return str(value)


def size(count: int) -> str:
    """Return bytes with a binary unit."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def age(moment: float) -> str:
    """Return how long ago a moment was, such as "3 days ago"."""
    seconds = max(0, int(time.time() - moment))
    for length, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return f"{seconds} s ago"
