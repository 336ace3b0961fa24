"""`sk registry show-private`: which private registry an application has."""

from __future__ import annotations

import click

from solakube_core.cli.session import Session, pass_session
from solakube_registry.private.exports import export_lines
from solakube_registry.private.selection import private_registry


@click.command()
@click.argument("app", default="")
@click.option("--show-secret", is_flag=True, help="Also print the password.")
@pass_session
def show_private(session: Session, app: str, show_secret: bool) -> None:
    """Print the private registry of APP, or that of all without one of their own, as lines for `eval`.

    \b
    Examples:
      sk registry show-private nextcloud
      eval "$(sk registry show-private nextcloud --show-secret)"
    """
    registry = private_registry(session, app)
    session.terminal.say(f"{registry.fqn}: {registry.reason}")
    for line in export_lines(registry, show_secret):
        click.echo(line)
    if not show_secret:
        session.terminal.say("the password is left out; --show-secret prints it")
