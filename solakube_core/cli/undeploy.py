"""`sk undeploy`: remove a component, keeping its data unless told otherwise."""

from __future__ import annotations

import click

from solakube_core.cli.options import dry_run_option, yes_option
from solakube_core.cli.session import Session, pass_session


@click.command()
@click.argument("component")
@dry_run_option
@yes_option
@click.option("--delete-data", is_flag=True, help="Remove the volume and everything stored on it, too.")
@click.option(
    "--delete-also", "also", metavar="KIND/NAME", multiple=True, help="Remove this, too, although it would stay."
)
@pass_session
def undeploy(
    session: Session, component: str, dry_run: bool, yes: bool, delete_data: bool, also: tuple[str, ...]
) -> None:
    """Remove COMPONENT. Its data stays unless --delete-data is given; deploying again finds it.

    A volume or a Secret that others made and that was taken over stays in any case, unless it is named.

    \b
    Examples:
      sk undeploy registry
      sk undeploy registry --yes --delete-data
      sk undeploy registry --delete-data --delete-also PersistentVolumeClaim/registry-docker-registry
    """
    namespace = session.namespace(component)
    removal = session.engine.removal(component, delete_data, namespace, also)
    if not removal.goes:
        # What is there may be removed although its plugin is gone.
        session.plugins.require_component(component)
        click.echo(f"{component} is not deployed on {session.engine.site.describe()}: nothing to remove")
        return
    session.announce(component, namespace)
    click.echo(f"This {'would remove' if dry_run else 'removes'}:")
    for subject in removal.goes:
        click.echo(f"  {subject}")
    click.echo("The data goes, too." if delete_data else "The data stays.")
    for subject in removal.stays:
        click.echo(f"  stays: {subject}")
    if dry_run:
        return
    session.terminal.confirm("Go on?", yes)
    session.terminal.changing()
    session.engine.remove(component, delete_data, session.terminal, namespace, also)
    session.terminal.quiet()
    click.echo(f"{component} is removed")
