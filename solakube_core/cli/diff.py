"""`sk diff`: what deploying would change."""

from __future__ import annotations

import click

from solakube_core.cli.completion import components
from solakube_core.cli.output import output_option, show
from solakube_core.cli.rendering import changes_listing
from solakube_core.cli.session import Session, pass_session


@click.command()
@click.argument("component", shell_complete=components)
@click.option("--exit-code", is_flag=True, help="Leave with 1 when there are differences.")
@output_option()
@pass_session
@click.pass_context
def diff(ctx: click.Context, session: Session, component: str, exit_code: bool, output: str) -> None:
    """Show what deploying COMPONENT would change. Secrets are masked.

    \b
    Example:
      sk diff registry
    """
    changes = session.lifecycle.changes(session.lifecycle.prepare(component))
    show(changes_listing(changes), output)
    if exit_code and any(change.action != "unchanged" for change in changes):
        ctx.exit(1)
