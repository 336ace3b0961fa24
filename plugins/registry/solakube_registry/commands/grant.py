"""`sk registry grant`: let namespaces pull from the private registry."""

from __future__ import annotations

from dataclasses import asdict

import click

from solakube_core.plugin import Session, output_option, pass_session
from solakube_registry.commands.steps import Steps
from solakube_registry.private.finding import private_registry
from solakube_registry.private.granting import grant as grant_to


@click.command()
@click.argument("namespaces", metavar="NAMESPACE...", nargs=-1, required=True)
@click.option("--attach", is_flag=True, help="Let pods use it without naming it (default service account).")
@click.option("--app", default="", help="Take the private registry of this application.")
@click.option("--take-over", is_flag=True, help="Overwrite a Secret of others under that name.")
@output_option()
@pass_session
def grant(session: Session, namespaces: tuple[str, ...], attach: bool, app: str, take_over: bool, output: str) -> None:
    """Put the pull secret `private-registry` into each NAMESPACE, or bring it up to date.

    A Secret of that name that others made is told, and left as it is.
    Without --attach, name it in the pods: imagePullSecrets: [{name: private-registry}].

    \b
    Examples:
      sk registry grant nextcloud redmine
      sk registry grant web --attach
    """
    session.announce("pull secret", ", ".join(dict.fromkeys(namespaces)))
    registry = private_registry(session, app)
    session.terminal.say(f"{registry.fqn}: {registry.reason}")
    session.terminal.changing()
    with Steps(output, lambda done: f"{done['namespace']}/{done['object']}", registry=registry.fqn) as steps:
        for done in grant_to(session.engine, registry, namespaces, attach, take_over):
            steps.take(asdict(done), str(done))
