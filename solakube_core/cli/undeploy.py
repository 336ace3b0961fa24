"""`sk undeploy`: remove a component, keeping its data unless told otherwise."""

from __future__ import annotations

import click

from solakube_core.cli.completion import components
from solakube_core.cli.options import dry_run_option, yes_option
from solakube_core.cli.output import TABLE, Listing, output_option, show
from solakube_core.cli.session import Session, pass_session
from solakube_core.engine import Removal


@click.command()
@click.argument("component", shell_complete=components)
@dry_run_option
@yes_option
@click.option("--delete-data", is_flag=True, help="Remove the volume and everything stored on it, too.")
@click.option(
    "--delete-also", "also", metavar="KIND/NAME", multiple=True, help="Remove this, too, although it would stay."
)
@output_option()
@pass_session
def undeploy(
    session: Session,
    component: str,
    dry_run: bool,
    yes: bool,
    delete_data: bool,
    also: tuple[str, ...],
    output: str,
) -> None:
    """Remove COMPONENT. Its data stays unless --delete-data is given; deploying again finds it.

    A volume or a Secret that others made and that was taken over stays in any case, unless it is named.

    \b
    Examples:
      sk undeploy registry
      sk undeploy registry --yes --delete-data
      sk undeploy registry --delete-data --delete-also PersistentVolumeClaim/registry-docker-registry
    """
    if dry_run and yes:
        raise click.UsageError("--dry-run does not go with --yes")
    namespace = session.namespace(component)
    removal = session.engine.removal(component, delete_data, namespace, also)
    if not removal.goes:
        # What is there may be removed although its plugin is gone.
        session.plugins.require_component(component)
        told = f"{session.not_deployed(component).problems[0].what}: nothing to remove"
        show(Listing((), str, around={"reason": told}, below=(told,)), output)
        return
    session.announce(component, removal.namespace)
    show(_listing(removal, delete_data, dry_run), output)
    if dry_run:
        return
    session.terminal.confirm("Go on?", yes)
    session.terminal.changing()
    session.engine.remove(component, delete_data, session.terminal, namespace, also)
    session.terminal.quiet()
    session.terminal.say(f"{component} is removed") if output != TABLE else click.echo(f"{component} is removed")


def _listing(removal: Removal, delete_data: bool, dry_run: bool) -> Listing:
    items = [{"subject": subject, "goes": True} for subject in removal.goes]
    items += [{"subject": subject, "goes": False} for subject in removal.stays]
    told = [
        f"This {'would remove' if dry_run else 'removes'}:",
        *(f"  {subject}" for subject in removal.goes),
        "The data goes, too." if delete_data else "The data stays.",
        *(f"  stays: {subject}" for subject in removal.stays),
    ]
    return Listing(items, lambda item: str(item["subject"]), below=told)
