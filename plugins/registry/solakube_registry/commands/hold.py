"""`sk registry hold`."""

from __future__ import annotations

import click

from solakube_core.plugin import Column, Listing, Session, output_option, pass_session, show
from solakube_registry.commands.ages import Age
from solakube_registry.commands.columns import item
from solakube_registry.maintenance.tool import announce, records


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--for", "period", type=Age(), default="1h", show_default=True, metavar="AGE", help="It lapses then.")
@click.option("--end", is_flag=True, help="Let things be deleted again.")
@output_option()
@pass_session
def hold(session: Session, name: str | None, period: str, end: bool, output: str) -> None:
    """Have nothing deleted while another program backs the data up, and note what is in it; tell who holds deletions.

    Collections, `prune` and `delete` are refused until NAME is ended or lapses; a scheduled run waits. Pushes and pulls
    go on. A collection that is freeing something comes to its end first. What clients delete by the registry's API is
    deleted. In what was restored, `sk registry restore-check` brings the tags to the moment when this began.

    \b
    Examples:
      sk registry hold restic --for 2h
      sk registry hold restic --end
      sk registry hold
    """
    if end and not name:
        raise click.UsageError("--end needs a NAME")
    if name:
        announce(session)
        session.terminal.changing("`sk registry hold` tells who holds deletions")
    options = ["--end"] if end else [f"--for={period}"]
    found = records(session, "hold", *options, "--", *([name] if name else []))
    items = [item(record) for record in found]
    columns = (Column("name"), Column("host"), Column("until"))
    show(Listing(items, lambda row: str(row["name"]), columns, {"leases": len(items)}), output)
