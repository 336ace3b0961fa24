"""`sk logs`: what a component wrote."""

from __future__ import annotations

import click

from solakube_core.cli.completion import components
from solakube_core.cli.session import Session, pass_session
from solakube_core.engine import LogQuery


@click.command()
@click.argument("component", shell_complete=components)
@click.option("--of", default="", metavar="NAME", help="Whose log: a service, or a container.")
@click.option("--lines", "-n", type=click.IntRange(0), default=100, show_default=True, help="The last ones; 0: all.")
@click.option("--previous", "-p", is_flag=True, help="The one before: put away, or of a container that ended.")
@click.option("--follow", "-f", is_flag=True, help="Go on until Ctrl-C is pressed.")
@pass_session
def logs(session: Session, component: str, of: str, lines: int, previous: bool, follow: bool) -> None:
    """Print what COMPONENT wrote: its services on one machine, the containers of its pods in a cluster.

    Of several pods each line names its own.

    \b
    Examples:
      sk logs registry --follow
      sk logs registry --of maintenance
    """
    session.plugins.require_component(component)
    if previous and follow:
        raise click.UsageError("--previous does not go with --follow")
    for line in session.engine.logs(component, LogQuery(of, lines, previous, follow), session.namespace(component)):
        click.echo(line)
