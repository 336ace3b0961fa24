"""`sk registry user add | remove | rotate`."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click
from solakube_regtool import durations

from solakube_core.plugin import Listing, Session, output_option, pass_session, show, show_secrets_option, yes_option
from solakube_registry.commands.ages import Age

if TYPE_CHECKING:
    from solakube_registry.users.accounts import Accounts


@click.command()
@click.argument("name")
@click.option("--push", is_flag=True, help="Let him push, overwrite and delete, too.")
@click.option("--password-stdin", is_flag=True, help="Read his password from standard input; else one is made.")
@show_secrets_option
@output_option()
@pass_session
def add(session: Session, name: str, push: bool, password_stdin: bool, show_secrets: bool, output: str) -> None:
    """Let NAME pull and nothing else, or push. --show-secrets prints the password that was made, and that alone.

    \b
    Examples:
      sk registry user add web
      sk registry user add ci --push --password-stdin < password.txt
    """
    from solakube_registry.users import changes

    chosen = sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    accounts = _accounts(session)
    accounts.change(
        lambda users: changes.added(users, name, "push" if push else "pull", chosen if password_stdin else None),
        {name: chosen} if password_stdin else {},
    )
    _tell(session, accounts, (name,), show_secrets, output)


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@yes_option
@output_option()
@pass_session
def remove(session: Session, names: tuple[str, ...], yes: bool, output: str) -> None:
    """Let each NAME in no more, from this moment on.

    Who is in REGISTRY_PULL_USERS or REGISTRY_PUSH_USERS is taken out there; a namespace's user goes by
    `sk registry grant --revoke`.
    """
    from solakube_registry.users import changes

    accounts = _accounts(session)
    changes.removed(accounts.users(), names)
    if not yes and session.terminal.has_reader:
        session.terminal.confirm(f"Remove {', '.join(dict.fromkeys(names))}?", yes=False)
    accounts.change(lambda users: changes.removed(users, names))
    show(Listing([{"name": name} for name in dict.fromkeys(names)], _name), output)


@click.command()
@click.argument("names", metavar="[NAME...]", nargs=-1)
@click.option("--all", "everybody", is_flag=True, help="All whose passwords were made, but for namespaces' users.")
@click.option(
    "--grace", type=Age(), default="0s", metavar="AGE", help="So long the old login still holds beside a new one."
)
@show_secrets_option
@output_option()
@pass_session
def rotate(
    session: Session, names: tuple[str, ...], everybody: bool, grace: str, show_secrets: bool, output: str
) -> None:
    """Give a new password to each NAME; the old one is refused from this moment on.

    With --grace the old login goes on for so long, and then ends by itself. The new one has another name beside it,
    since the registry knows one password for each: web~2.
    The users of namespaces get theirs by `sk registry grant --renew`. Passwords that somebody chose are changed where
    they were chosen.

    
    Examples:
      sk registry user rotate web --show-secrets
      sk registry user rotate web --grace 1d
    """
    from solakube_registry.users import changes

    if bool(names) == everybody:
        raise click.UsageError("name users, or say --all")
    accounts = _accounts(session)
    chosen = names or changes.rotatable(accounts.users())
    seconds = durations.seconds(grace)
    if seconds:
        accounts.require_ends()
    accounts.change(lambda users: changes.rotated(users, chosen, time.time() + seconds if seconds else 0.0))
    _tell(session, accounts, chosen, show_secrets, output)


def _accounts(session: Session) -> Accounts:
    from solakube_registry.naming import COMPONENT
    from solakube_registry.users.accounts import Accounts

    session.announce(COMPONENT, session.namespace(COMPONENT))
    session.terminal.changing("the registry knows all of the change or nothing of it; running it again is safe")
    return Accounts.of(session)


def _tell(session: Session, accounts: Accounts, names: tuple[str, ...], show_secrets: bool, output: str) -> None:
    from solakube_registry.users.changes import login_of

    everybody = accounts.users()
    users = [login for name in dict.fromkeys(names) if (login := login_of(everybody, name))]
    for user in users:
        session.terminal.say(f"{user.name} may {user.may}")
    made = [user for user in users if user.password] if show_secrets else []
    passwords = [user.password if len(names) == 1 else f"{user.name} {user.password}" for user in made]
    items = [
        {"name": user.name, "may": user.may, **({"password": user.password or None} if show_secrets else {})}
        for user in users
    ]
    show(Listing(items, _name, below=passwords), output)
    if not show_secrets and any(user.password for user in users):
        session.terminal.say("passwords that were made: sk registry user list --show-secrets")


def _name(user: Mapping[str, Any]) -> str:
    return str(user["name"])
