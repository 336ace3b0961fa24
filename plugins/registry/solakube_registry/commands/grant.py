"""`sk registry grant`: let namespaces pull from the private registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from solakube_regtool import durations

from solakube_core.plugin import Session, SolakubeError, output_option, pass_session
from solakube_registry.commands.ages import Age
from solakube_registry.commands.steps import Steps
from solakube_registry.private.finding import private_registry
from solakube_registry.private.granting import grant as grant_to
from solakube_registry.private.granting import revoke as revoke_from

if TYPE_CHECKING:
    from solakube_registry.private.choice import PrivateRegistry
    from solakube_registry.private.granting import Granted

_GRACE = "1h"


@click.command()
@click.argument("namespaces", metavar="[NAMESPACE...]", nargs=-1)
@click.option("--attach", is_flag=True, help="Let pods use it without naming it (default service account).")
@click.option("--app", default="", help="Take the private registry of this application.")
@click.option("--take-over", is_flag=True, help="Overwrite a Secret of others under that name.")
@click.option("--renew", is_flag=True, help="Give a new login to each; without NAMESPACE to all that have one.")
@click.option(
    "--grace", type=Age(), metavar="AGE", help=f"With --renew: so long the old login still holds (default {_GRACE})."
)
@click.option("--revoke", is_flag=True, help="Take the right back.")
@output_option()
@pass_session
def grant(
    session: Session,
    namespaces: tuple[str, ...],
    attach: bool,
    app: str,
    take_over: bool,
    renew: bool,
    grace: str | None,
    revoke: bool,
    output: str,
) -> None:
    """Put the pull secret `private-registry` into each NAMESPACE, or bring it up to date.

    For the registry that was deployed here each namespace gets a user of its own, who may pull and nothing else. A
    Secret of that name that others made is told, and left as it is.
    Without --attach, name it in the pods: imagePullSecrets: [{name: private-registry}].

    \b
    Examples:
      sk registry grant nextcloud redmine
      sk registry grant web --attach
      sk registry grant --renew               all that may pull, the old logins end an hour later
      sk registry grant --renew web --grace 0s   somebody has seen it
      sk registry grant --revoke web
    """
    if revoke and (attach or renew or take_over):
        raise click.UsageError("--revoke goes with none of --attach, --renew and --take-over")
    if grace and not renew:
        raise click.UsageError("--grace goes with --renew alone")
    if not namespaces and not renew:
        raise click.UsageError("Missing argument 'NAMESPACE...'")
    session.announce("pull secret", ", ".join(dict.fromkeys(namespaces)))
    registry = private_registry(session, app)
    session.terminal.say(f"{registry.fqn}: {registry.reason}")
    if not registry.deployed and (renew or revoke):
        raise SolakubeError(
            f"the logins of {registry.fqn} are not made here",
            registry.reason,
            "change them there, and grant again; a pull secret is removed by `kubectl delete secret private-registry`",
        )
    session.terminal.changing("running it again does the rest")
    if revoke:
        work = _revoked(session, registry, namespaces)
    else:
        work = _granted(session, registry, namespaces, attach, take_over, renew, grace or _GRACE)
    with Steps(output, lambda done: f"{done['namespace']}/{done['object']}", registry=registry.fqn) as steps:
        for done in work:
            steps.take(asdict(done), str(done))


def _granted(
    session: Session,
    registry: PrivateRegistry,
    named: tuple[str, ...],
    attach: bool,
    take_over: bool,
    renew: bool,
    grace: str,
) -> Iterator[Granted]:
    if not registry.deployed:
        yield from grant_to(session.engine, registry, named, attach, take_over)
        return
    from solakube_registry.private.grants import ended, with_logins
    from solakube_registry.users.accounts import Accounts

    accounts, seconds = Accounts.of(session), durations.seconds(grace)
    namespaces = named or _all(session, registry)

    def logins() -> Mapping[str, PrivateRegistry]:
        return with_logins(accounts, registry, namespaces, renew, max(seconds, 1.0))

    yield from grant_to(session.engine, registry, namespaces, attach, take_over, logins)
    if renew and not seconds:
        accounts.change(lambda users: ended(users, namespaces))


def _revoked(session: Session, registry: PrivateRegistry, namespaces: tuple[str, ...]) -> Iterator[Granted]:
    from solakube_registry.private.grants import without
    from solakube_registry.users.accounts import Accounts

    accounts = Accounts.of(session)

    def drop() -> None:
        accounts.change(lambda users: without(users, namespaces))

    yield from revoke_from(session.engine, registry, namespaces, drop)


def _all(session: Session, registry: PrivateRegistry) -> tuple[str, ...]:
    from solakube_registry.naming import USERNAME
    from solakube_registry.private.grants import grants
    from solakube_registry.users.accounts import Accounts

    found = tuple(
        grant.namespace
        for grant in grants(session.engine.site, Accounts.of(session).users(), registry.fqn, USERNAME)
        if grant.user
    )
    if not found:
        raise SolakubeError("there is nothing to renew", f"no namespace has a login for {registry.fqn}")
    return found
