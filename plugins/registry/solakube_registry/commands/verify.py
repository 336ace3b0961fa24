"""`sk registry verify`: prove that the registry works."""

from __future__ import annotations

from dataclasses import asdict

import click

from solakube_core.plugin import Session, output_option, pass_session
from solakube_registry.commands.steps import Steps


@click.command()
@click.option(
    "--namespace",
    "-n",
    default="",
    help="Run the pod there, with the pull secret that is there or not, instead of in a temporary namespace.",
)
@output_option()
@pass_session
def verify(session: Session, namespace: str, output: str) -> None:
    """Log in, push a small image, pull it back and compare it, then let a pod pull and run it.

    Everything that this makes is removed afterwards.

    \b
    Examples:
      sk registry verify
      sk registry verify --namespace nextcloud   may pods there pull?
    """
    from solakube_registry.admin import admin_password
    from solakube_registry.naming import COMPONENT, USERNAME, Names
    from solakube_registry.oci import Login
    from solakube_registry.private.verify import Verification

    session.announce(COMPONENT, session.namespace(COMPONENT))
    verification = Verification(
        session.engine,
        Names.of(session.settings).backend,
        session.lifecycle.address(COMPONENT),
        Login(USERNAME, admin_password(session.settings, session.engine.site)),
        namespace,
    )
    session.terminal.changing("what it made may still be there; running it again removes that, too")
    with Steps(output, lambda step: str(step["step"])) as steps:
        for step in verification.run(session.terminal):
            session.terminal.quiet()
            steps.take(asdict(step), step.told)
