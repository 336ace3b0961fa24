"""`sk registry grants`: which namespaces may pull."""

from __future__ import annotations

from dataclasses import asdict

import click

from solakube_core.plugin import AUTO, Column, Listing, Session, output_option, pass_session, show


@click.command()
@output_option(AUTO)
@pass_session
def grants(session: Session, output: str) -> None:
    """List the namespaces that may pull from the registry that is deployed here, each with its user.

    One whose pull secret is gone, is not known to the registry any more, or has the admin's password, as an older `sk`
    gave it, is told with what to do.
    """
    from solakube_registry.naming import USERNAME
    from solakube_registry.private.finding import private_registry
    from solakube_registry.private.grants import grants as found_grants
    from solakube_registry.users.accounts import Accounts

    registry = private_registry(session, "")
    found = found_grants(session.engine.site, Accounts.of(session).users(), registry.fqn, USERNAME)
    items = [asdict(grant) for grant in found]
    columns = (Column("namespace"), Column("user"), Column("state"))
    show(Listing(items, lambda item: str(item["namespace"]), columns, {"namespaces": len(items)}), output)
