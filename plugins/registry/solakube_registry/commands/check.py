"""`sk registry check`."""

from __future__ import annotations

import json

import click

from solakube_core.plugin import Listing, Session, output_option, pass_session, show
from solakube_registry.commands.findings import Findings


@click.command()
@output_option()
@pass_session
@click.pass_context
def check(ctx: click.Context, session: Session, output: str) -> None:
    """Check that the images are whole that the cluster names, and leave with 1 where one is not.

    Images count that pods and whatever may start pods name, by tag or by digest, as far as they are in this registry,
    or named by its address. It takes seconds: contents are not read, `sk registry fsck --deep` does that.

    \b
    Example:
      sk registry check
    """
    from solakube_registry.maintenance.holders import addressed, held_images
    from solakube_registry.maintenance.tool import records
    from solakube_registry.place import in_cluster

    settings, site = session.settings, session.engine.site
    if not in_cluster(site):
        told = "there is no cluster here that could name images; `sk registry fsck` checks them all"
        show(Listing((), str, around={"reason": told}, below=(told,)), output)
        return
    known = json.dumps(held_images(settings, site))
    findings = Findings(output)
    for record in records(session, "check", "--held", "-", *addressed(settings), stdin=known, done=(0, 1)):
        findings.take(record)
    findings.end(ctx)
