"""`sk undeploy`: remove a component, keeping its data unless told otherwise."""

from __future__ import annotations

import click

from solakube_core.cli.session import Session, pass_session


@click.command()
@click.argument("component")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--delete-data", is_flag=True, help="Remove the volume and everything stored on it, too.")
@pass_session
def undeploy(session: Session, component: str, yes: bool, delete_data: bool) -> None:
    """Remove COMPONENT. Its data stays unless --delete-data is given; deploying again finds it.

    \b
    Examples:
      sk undeploy registry
      sk undeploy registry --yes --delete-data
    """
    namespace = session.namespace(component)
    doomed = session.engine.removal(component, delete_data, namespace)
    if not doomed:
        click.echo(f"{component} is not deployed on {session.engine.site.describe()}: nothing to remove")
        return
    click.echo(f"This removes from {session.engine.site.describe()}:")
    for subject in doomed:
        click.echo(f"  {subject}")
    click.echo("The data goes, too." if delete_data else "The data stays.")
    session.terminal.confirm("Go on?", yes)
    session.engine.remove(component, delete_data, session.terminal, namespace)
    session.terminal.quiet()
    click.echo(f"{component} is removed")
