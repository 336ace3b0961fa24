"""`sk registry verify`: prove that the registry works."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

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

    Everything that this makes is removed afterwards. Where users may only pull, the pod has a login that may do
    no more.

    \b
    Examples:
      sk registry verify
      sk registry verify --namespace nextcloud   may pods there pull?
    """
    from solakube_registry.admin import admin_password
    from solakube_registry.naming import COMPONENT, USERNAME, Names
    from solakube_registry.oci import Login
    from solakube_registry.private.grants import lent
    from solakube_registry.private.verify import Verification
    from solakube_registry.users.accounts import Accounts

    session.announce(COMPONENT, session.namespace(COMPONENT))
    accounts = Accounts.of(session)
    verification = Verification(
        session.engine,
        Names.of(session.settings).backend,
        session.lifecycle.address(COMPONENT),
        Login(USERNAME, admin_password(session.settings, session.engine.site)),
        namespace,
        # Without a process for pulls there is nobody who may do less.
        partial(lent, accounts) if accounts.has_reader else None,
    )
    session.terminal.changing("what it made may still be there; running it again removes that, too")
    with Steps(output, lambda step: str(step["step"])) as steps:
        for step in verification.run(session.terminal):
            session.terminal.quiet()
            steps.take(asdict(step), step.told)
