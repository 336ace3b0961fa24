"""What a check or a collection finds, printed as it comes or at the end."""

from __future__ import annotations

from typing import Any

import click

from solakube_core.plugin import TABLE, Listing, show
from solakube_registry.commands.columns import item
from solakube_registry.maintenance.tool import Record


class Findings:
    """Takes the records of the maintenance program.

    Args:
        output: how to print.
    """

    def __init__(self, output: str) -> None:
        self._output = output
        self._damage: list[Record] = []
        self._total: dict[str, Any] = {}

    def take(self, record: Record) -> None:
        """Take one record; what is none of damage, and no result, is passed over."""
        if record["type"] == "damage":
            self._damage.append(item(record))
            held = f"; held by {', '.join(record['holders'])}" if record.get("holders") else ""
            self._say(f"{record['image']}: {record['fault']}{held}")
        elif "summary" in record:
            self._total |= item(record)
            self._say(
                str(record["summary"]).replace("; ", "\n") if record["type"] == "collected" else record["summary"]
            )

    def _say(self, line: str) -> None:
        if self._output == TABLE:
            click.echo(line)

    def end(self, ctx: click.Context) -> None:
        """Print what is not printed yet, and leave with 1 where anything is damaged."""
        if self._output != TABLE:
            show(Listing(self._damage, lambda found: str(found["image"]), total=self._total), self._output)
        if self._damage:
            ctx.exit(1)
