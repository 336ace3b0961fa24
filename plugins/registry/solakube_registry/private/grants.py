"""The users of namespaces that may pull from the deployed registry: one for each, which may do nothing else.

A login is replaced without a failed pull by one of another name: the registry's password file cannot hold two passwords
of one user. The new one is known to the registry before the namespace gets it, the old one ends after a grace.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from solakube_regtool.logins.record import namespace_names

from solakube_core.plugin import Manifest, Site
from solakube_registry.oci import Login
from solakube_registry.private.choice import PrivateRegistry
from solakube_registry.private.pull_secret import PULL_SECRET, logins_in, pull_secrets
from solakube_registry.users import passwords
from solakube_registry.users.accounts import Accounts
from solakube_registry.users.record import Users
from solakube_registry.users.user import GRANTED, Right, User

_LENT_SECONDS = 900.0


def user_of(users: Users, namespace: str) -> User | None:
    """Return the user of a namespace whose login holds until further notice; None where it has none."""
    return next((user for user in users.values() if user.namespace == namespace and not user.ends), None)


def with_logins(
    accounts: Accounts, registry: PrivateRegistry, namespaces: Iterable[str], renew: bool = False, grace: float = 0.0
) -> dict[str, PrivateRegistry]:
    """Make sure that each namespace has a user, and return the registry with the login of each.

    Args:
        accounts: the registry's.
        registry: the deployed one.
        namespaces: the names.
        renew: replace logins that are there by others.
        grace: seconds for which the replaced ones still hold.

    Raises:
        SolakubeError: the users cannot be changed, or the registry does not go by it.
    """
    wanted = tuple(dict.fromkeys(namespaces))
    accounts.change(lambda users: _added(users, wanted, renew, time.time() + grace))
    users = accounts.users()
    found = ((namespace, user_of(users, namespace)) for namespace in wanted)
    return {
        namespace: replace(registry, username=user.name, password=user.password) for namespace, user in found if user
    }


def without(users: Users, namespaces: Iterable[str]) -> dict[str, User]:
    """Return the users without those of the namespaces."""
    gone = set(namespaces)
    return {name: user for name, user in users.items() if user.namespace not in gone}


def ended(users: Users, namespaces: Iterable[str]) -> dict[str, User]:
    """Return the users without those logins of the namespaces that were replaced."""
    there = set(namespaces)
    return {name: user for name, user in users.items() if not (user.namespace in there and user.ends)}


def _added(users: Users, namespaces: Iterable[str], renew: bool, ends: float) -> dict[str, User]:
    after = dict(users)
    for namespace in namespaces:
        before = user_of(after, namespace)
        if before and not renew:
            continue
        if before:
            after[before.name] = replace(before, ends=ends)
        name = next(name for name in namespace_names(namespace) if name not in after)
        after[name] = User(name, "pull", "grant", passwords.made(), namespace)
    return after


@contextmanager
def lent(accounts: Accounts, namespace: str) -> Iterator[Login]:
    """Give a login to a namespace that goes with it; it ends by itself should this be killed.

    He may only pull, but where there is no process for pulls: then he may push, too, for as long as it takes.

    Raises:
        SolakubeError: the users cannot be changed, or the registry does not go by it.
    """
    ends = time.time() + _LENT_SECONDS
    may: Right = "pull" if accounts.has_reader else "push"
    user = User(f"{GRANTED}{namespace}", may, "grant", passwords.made(), namespace, ends)
    accounts.change(lambda users: {**users, user.name: user})
    try:
        yield Login(user.name, user.password)
    finally:
        accounts.change(lambda users: without(users, [namespace]))


@dataclass(frozen=True)
class Grant:
    """What a namespace has of the right to pull.

    Attributes:
        namespace: its name.
        user: whose login is in its pull secret; "" for none of this registry's.
        state: in words, with what to do where something is not as it should be.
        sound: whether it is as it should be.
    """

    namespace: str
    user: str
    state: str
    sound: bool = True


def grants(site: Site, users: Users, host: str, admin: str) -> Iterator[Grant]:
    """Yield what each namespace has that was granted the right, or has a pull secret for this registry.

    Args:
        site: where the namespaces are.
        users: of the registry.
        host: of the registry, as pull secrets name it.
        admin: name of the user who may do everything.
    """
    for namespace, live in pull_secrets(site):
        user = user_of(users, namespace)
        login = next((found.username for found in logins_in(live) if found.host == host), "") if live else ""
        if found := _grant(namespace, user, login, live, users, admin):
            yield found


def _grant(
    namespace: str, user: User | None, login: str, live: Manifest | None, users: Users, admin: str
) -> Grant | None:
    again = f"sk registry grant {namespace}"
    if login == admin:
        return Grant(namespace, login, f"has the admin's password: sk registry grant --renew {namespace}", sound=False)
    if login and login not in users:
        return Grant(namespace, login, f"its user is not known any more: {again}", sound=False)
    if login:
        return Grant(namespace, login, "may pull")
    if user is None:
        return None
    lacks = f"Secret {PULL_SECRET} is for another registry" if live else f"Secret {PULL_SECRET} is gone"
    return Grant(namespace, user.name, f"{lacks}: {again}", sound=False)
