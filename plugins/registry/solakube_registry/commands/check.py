"""`sk registry check`."""

from __future__ import annotations

import json
from typing import Any

import click

from solakube_core.cli.session import Session, pass_session


@click.command()
@pass_session
@click.pass_context
def check(ctx: click.Context, session: Session) -> None:
    """Check that the images are whole that the cluster names, and leave with 1 where one is not.

    Images count that pods and whatever may start pods name, by tag or by digest, as far as they are in this registry,
    or named by its address. It takes seconds: contents are not read, `sk registry fsck --deep` does that.

    \b
    Example:
      sk registry check
    """
    from solakube_registry.holders import addressed, held_images, in_cluster
    from solakube_registry.maintenance.tool import records

    settings, site = session.settings, session.engine.site
    if not in_cluster(site):
        click.echo("there is no cluster here that could name images; `sk registry fsck` checks them all")
        return
    known = json.dumps(held_images(settings, site))
    damaged = 0
    for record in records(session, "check", "--held", "-", *addressed(settings), stdin=known, done=(0, 1)):
        damaged += show_check(record)
    if damaged:
        ctx.exit(1)


def show_check(record: dict[str, Any]) -> int:
    """Print what a record tells of a check.

    Returns:
        How many damaged images it counts.
    """
    if record["type"] == "damage":
        click.echo(f"{record['image']}: {record['fault']}; held by {', '.join(record['holders'])}")
    if record["type"] != "checked":
        return 0
    click.echo(record["summary"])
    return int(record["damaged"])
