"""`sk registry history`."""

from __future__ import annotations

from typing import Any

import click

from solakube_core.plugin import Column, Listing, Session, output_option, pass_session, show
from solakube_registry.commands.columns import DIGEST, image, item
from solakube_registry.commands.completing import references
from solakube_registry.commands.references import within
from solakube_registry.maintenance.by_api import not_empty
from solakube_registry.maintenance.tool import records


@click.command()
@click.argument("reference", metavar="REPO[:TAG]", callback=not_empty, shell_complete=references)
@output_option()
@pass_session
def history(session: Session, reference: str, output: str) -> None:
    """Show what the tags of REPO, or one of them, pointed to, and when.

    Deleted tags are shown, too, as long as they can be brought back (REGISTRY_UNDO_PERIOD); what is not stored any more
    cannot be. Times are UTC.

    \b
    Examples:
      sk registry history team/app
      sk registry history team/app:latest -o json
    """
    found = records(session, "history", "--", within(session, reference, None))
    items = [{"image": image(record), **item(record), "state": _state(record)} for record in found]
    columns = (Column("image"), DIGEST, Column("since"), Column("until", lambda until: until or "-"), Column("state"))
    show(Listing(items, lambda row: f"{row['image']}@{row['digest']}", columns, {"versions": len(items)}), output)


def _state(version: dict[str, Any]) -> str:
    if version["until"] is None:
        return "points there"
    ended = "deleted" if version["deleted"] else "moved"
    return ended if version["stored"] else f"{ended}, not stored any more"
