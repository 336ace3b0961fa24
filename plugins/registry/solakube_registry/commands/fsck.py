"""`sk registry fsck`."""

from __future__ import annotations

import click

from solakube_core.plugin import Session, output_option, pass_session
from solakube_registry.commands.findings import Findings
from solakube_registry.maintenance.by_api import url_option


@click.command()
@click.option("--deep", is_flag=True, help="Read every blob and check its digest.")
@url_option
@output_option()
@pass_session
@click.pass_context
def fsck(ctx: click.Context, session: Session, deep: bool, url: str | None, output: str) -> None:
    """Check that all is there that tags reach, and leave with 1 where it is not. Nothing is changed.

    \b
    Example:
      sk registry fsck --deep
    """
    from solakube_registry.maintenance.tool import records

    findings = Findings(output)
    for record in records(session, "fsck", *(["--deep"] if deep else []), done=(0, 1), url=url):
        findings.take(record)
    findings.end(ctx)
