"""`sk registry usage [REPO]`."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import click

from solakube_core.cli.session import Session, pass_session
from solakube_registry.commands.output import size
from solakube_registry.maintenance.by_api import keeps_no_files, url_option

_BAR = 24


@click.command()
@click.argument("repository", required=False)
@click.option("--grace", default="1h", show_default=True, metavar="AGE", help="Untagged images this young are in use.")
@url_option
@click.option("-o", "--output", type=click.Choice(("table", "json")), default="table", show_default=True)
@pass_session
def usage(session: Session, repository: str | None, grace: str, url: str | None, output: str) -> None:
    """Show who takes how much space: each repository, or each tag of REPOSITORY.

    Unique bytes are freed when it goes (and garbage is collected); shared bytes belong to others, too; unreferenced
    bytes are freed by `sk registry garbage-collect`. Unique, shared and unreferenced add up to what is stored.

    \b
    Examples:
      sk registry usage
      sk registry usage tools/busybox -o json
    """
    from solakube_registry.holders import knowledge
    from solakube_registry.maintenance.tool import records

    # By the API only what tags reach can be counted.
    held, known = ((), "") if url or keeps_no_files(session) else knowledge(session)
    wanted = [repository] if repository else []
    rows = list(records(session, "usage", "--grace", grace, *held, *wanted, stdin=known, url=url))
    if output == "json":
        click.echo(json.dumps(rows, indent=2))
        return
    _table([row for row in rows if row["type"] in ("usage", "usage-tag")], "name" if repository else "repository")
    for row in rows:
        if row["type"] == "usage-held":
            click.echo(f"{row['digest']} {size(row['size'])}: kept for {', '.join(row['holders'])}")
        elif row["type"] == "usage-total":
            _total(row)


def _table(rows: Sequence[dict[str, Any]], name: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(name, "size", "unique", "shared", "pulled", "", box=None, pad_edge=False)
    largest = max((row["size"] for row in rows), default=0) or 1
    for row in sorted(rows, key=lambda row: (-row["size"], row[name])):
        sizes = (size(row[column]) for column in ("size", "unique", "shared"))
        table.add_row(row[name], *sizes, _day(row["pulled"]), "#" * round(_BAR * row["size"] / largest))
    Console().print(table)


def _day(moment: float | None) -> str:
    """Access times are kept by the day: more precision would be false."""
    return "-" if moment is None else time.strftime("%Y-%m-%d", time.gmtime(moment))


def _total(total: dict[str, Any]) -> None:
    """By the API only what tags reach is known."""
    parts = ", ".join(f"{kind} {_size(total[kind])}" for kind in ("unique", "shared", "unreferenced"))
    click.echo(f"stored {_size(total['stored'])}: {parts}")
    free = "" if total["free"] is None else f"; free on the volume {size(total['free'])}"
    if total["held"]:
        click.echo(f"kept for the cluster alone {size(total['held'])}")
    click.echo(f"unfinished uploads {_size(total['uploads'])}{free}")


def _size(count: int | None) -> str:
    return "unknown" if count is None else size(count)
