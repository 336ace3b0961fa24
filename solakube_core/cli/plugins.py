"""`sk plugins`: what is loaded, from where, and who answers which hook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from solakube_core.cli.output import AUTO, Listing, output_option, show
from solakube_core.cli.session import Session, pass_session
from solakube_core.cli.table import Column

_COLUMNS = (Column("name"), Column("distribution"), Column("version"), Column("state"), Column("detail", wraps=True))


@click.command()
@output_option(AUTO)
@pass_session
def plugins(session: Session, output: str) -> None:
    """List the plugins, broken ones with their cause, and the hooks they answer."""
    items = [{**record._asdict(), "hooks": list(record.hooks)} for record in session.plugins.records]
    for item in items:
        item["detail"] = item["cause"] if item["state"] == "broken" else ", ".join(item["hooks"])
    show(Listing(items, lambda row: str(row["name"]), _COLUMNS, line=_line), output)
    if not items:
        session.terminal.say(
            "no plugins are installed; from a checkout: pip install -e . -e plugins/registry -e plugins/storage"
        )


def _line(row: Mapping[str, Any]) -> str:
    return f"{row['name']}  {row['distribution']} {row['version']}  {row['state']}  {row['detail']}".rstrip()
