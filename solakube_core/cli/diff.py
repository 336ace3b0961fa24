"""`sk diff`: what deploying would change."""

from __future__ import annotations

import click

from solakube_core.cli.completion import components
from solakube_core.cli.output import output_option, show
from solakube_core.cli.rendering import changes_listing
from solakube_core.cli.session import Session, pass_session
from solakube_core.errors import SolakubeError

_UNKNOWN = 2


@click.command()
@click.argument("component", shell_complete=components)
@click.option("--exit-code", is_flag=True, help="Leave with 1 when there are differences, with 2 on errors.")
@output_option()
@pass_session
@click.pass_context
def diff(ctx: click.Context, session: Session, component: str, exit_code: bool, output: str) -> None:
    """Show what deploying COMPONENT would change. Secrets are masked.

    \b
    Example:
      sk diff registry
    """
    try:
        changes = session.lifecycle.changes(session.lifecycle.prepare(component))
    except SolakubeError as error:
        # A script must not take what could not be compared for a difference.
        error.exit_code = max(error.exit_code, _UNKNOWN) if exit_code else error.exit_code
        raise
    show(changes_listing(changes), output)
    if exit_code and any(change.action != "unchanged" for change in changes):
        ctx.exit(1)
