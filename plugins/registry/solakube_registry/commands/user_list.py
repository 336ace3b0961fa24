"""`sk registry user list`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from solakube_core.plugin import (
    AUTO,
    Column,
    Listing,
    Session,
    output_option,
    pass_session,
    rfc3339,
    show,
    show_secrets_option,
)

_COLUMNS = (Column("name"), Column("may"), Column("origin"), Column("namespace"), Column("ends"))
_SECRET = Column("password")


@click.command("list")
@show_secrets_option
@output_option(AUTO)
@pass_session
def list_command(session: Session, show_secrets: bool, output: str) -> None:
    """List the users of the deployed registry: the admin, and who may push, or only pull.

    --show-secrets shows the passwords that were made; of those that somebody chose there are hashes alone.

    \b
    Examples:
      sk registry user list
      sk registry user list --show-secrets -o json
    """
    items = list(_items(session, show_secrets))
    columns = (*_COLUMNS, _SECRET) if show_secrets else _COLUMNS
    show(Listing(items, lambda item: str(item["name"]), columns, {"users": len(items)}), output)


def _items(session: Session, show_secrets: bool) -> Iterator[dict[str, str | None]]:
    from solakube_registry.naming import COMPONENT, USERNAME, Names
    from solakube_registry.users import record
    from solakube_registry.users.credentials import required_hashes
    from solakube_registry.users.user import ANONYMOUS, User

    names, site = Names.of(session.settings), session.engine.site
    known = required_hashes(names, site)
    users = record.read(site.secret(COMPONENT, names.secret, record.KEY))
    everybody = [
        User(USERNAME, "push", "settings"),
        *users.values(),
        *([User(ANONYMOUS, "pull", "settings")] if ANONYMOUS in known else []),
    ]
    for user in everybody:
        item: dict[str, str | None] = {
            "name": user.name,
            "may": user.may,
            "origin": user.origin,
            "namespace": user.namespace,
            "ends": rfc3339(user.ends) if user.ends else "",
        }
        yield {**item, **({"password": user.password} if show_secrets else {})}
