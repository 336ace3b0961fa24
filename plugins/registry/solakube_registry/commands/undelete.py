"""`sk registry undelete`."""

from __future__ import annotations

import click

from solakube_core.plugin import TABLE, Listing, Session, output_option, pass_session, show
from solakube_registry.commands.ages import moment
from solakube_registry.commands.columns import image, item
from solakube_registry.commands.completing import references
from solakube_registry.commands.references import within
from solakube_registry.maintenance.by_api import not_empty
from solakube_registry.maintenance.tool import announce, records


@click.command()
@click.argument("reference", metavar="REPO:TAG", callback=not_empty, shell_complete=references)
@click.option(
    "--at", callback=moment, metavar="TIME", help="What it pointed to then: 2h (ago), or 2026-11-28T19:30:00Z."
)
@output_option()
@pass_session
def undelete(session: Session, reference: str, at: float | None, output: str) -> None:
    """Bring back a tag that was deleted, pruned or moved to another image: it points to what it pointed to before.

    That is possible for REGISTRY_UNDO_PERIOD, and longer where nothing has freed the image. It counts as a push at this
    moment, and can be undone in the same way.

    \b
    Examples:
      sk registry undelete team/app:1.4
      sk registry undelete team/app:latest --at 2h
    """
    announce(session)
    session.terminal.changing("the tag points to what it was to point to again, or to what it pointed to before")
    options = [] if at is None else [f"--at={at!r}"]
    items = []
    for record in records(session, "undelete", *options, "--", within(session, reference, None)):
        items.append(item(record))
        if output == TABLE:
            before = f" (before: {record['before']})" if record["before"] else ""
            click.echo(f"{image(record)} points to {record['digest']} again{before}")
    if output != TABLE:
        show(Listing(items, image, total={"tags": len(items)}), output)
