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
    from solakube_registry.naming import COMPONENT, USERNAME, Names
    from solakube_registry.oci import Login
    from solakube_registry.private.grants import lent
    from solakube_registry.private.verify import Verification
    from solakube_registry.users.accounts import Accounts
    from solakube_registry.users.admin import admin_password
    from solakube_registry.users.credentials import required_hashes

    session.announce(COMPONENT, session.namespace(COMPONENT))
    names, site = Names.of(session.settings), session.engine.site
    # Else the admin's password would be shown to whatever answers at the registry's address.
    required_hashes(names, site)
    verification = Verification(
        session.engine,
        names.backend,
        session.lifecycle.address(COMPONENT),
        Login(USERNAME, admin_password(session.settings, site)),
        partial(lent, Accounts.of(session)),
        namespace,
    )
    session.terminal.changing(
        "a namespace solakube-verify-... and tags of solakube/verify may still be there, and may be deleted"
    )
    with Steps(output, lambda step: str(step["step"])) as steps:
        for step in verification.run(session.terminal):
            session.terminal.quiet()
            steps.take(asdict(step), step.told)
