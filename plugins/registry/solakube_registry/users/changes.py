"""What may be done to users one by one: from users as they are to users as they should be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from solakube_core.plugin import Problem, SolakubeError
from solakube_registry.naming import USERNAME
from solakube_registry.users import passwords
from solakube_registry.users.declared import PULL_USERS, PUSH_USERS, password_variable
from solakube_registry.users.record import Users
from solakube_registry.users.user import Right, User, name_problem


def added(users: Users, name: str, may: Right, password: str | None) -> dict[str, User]:
    """Return the users with another one.

    Args:
        password: the one that was chosen; None for one that is made.

    Raises:
        SolakubeError: the name or the password cannot be, or there is such a user.
    """
    found = name_problem(name, "the command")
    if name in users:
        remedy = f"give him a new password: sk registry user rotate {name}"
        found = Problem(f"there is a user {name} already", f"he may {users[name].may}", remedy)
    if password == "":
        found = Problem("the password is empty", "standard input begins with no text", "pipe it in, or have one made")
    if problem := found or (passwords.problem(password, "the password") if password else None):
        raise SolakubeError.of([problem])
    return {**users, name: User(name, may, "command", passwords.made() if password is None else "")}


def removed(users: Users, names: Iterable[str]) -> dict[str, User]:
    """Return the users without some.

    Raises:
        SolakubeError: one is unknown, or would be back with the next deployment.
    """
    gone = set(names)
    _require(_unremovable(users, name) for name in sorted(gone))
    return {name: user for name, user in users.items() if name not in gone}


def rotated(users: Users, names: Iterable[str]) -> dict[str, User]:
    """Return the users with new passwords for some.

    Raises:
        SolakubeError: one is unknown, or has a password that is not made here.
    """
    chosen = set(names)
    _require(_unrotatable(users, name) for name in sorted(chosen))
    return {name: replace(user, password=passwords.made()) if name in chosen else user for name, user in users.items()}


def rotatable(users: Users) -> tuple[str, ...]:
    """Return those whose passwords are made, but for users of namespaces, whose pull secrets follow.

    Raises:
        SolakubeError: there are none.
    """
    found = tuple(name for name, user in users.items() if user.password and not user.namespace)
    if not found:
        remedy = "sk registry user list shows them all; namespaces get new logins by `sk registry grant --renew`"
        raise SolakubeError("there is nobody to give a new password to", "no user has one that was made", remedy)
    return found


def _unremovable(users: Users, name: str) -> Problem | None:
    user = users.get(name)
    if user is None:
        return _unknown(name)
    if user.origin == "settings":
        variable = PULL_USERS if user.may == "pull" else PUSH_USERS
        remedy = "take him out there, and deploy: sk deploy registry"
        return Problem(f"{name} is in {variable}", "the next deployment would make him again", remedy)
    if user.namespace:
        remedy = f"sk registry grant --revoke {user.namespace}"
        return Problem(f"{name} is the user of namespace {user.namespace}", "its pods would pull no more", remedy)
    return None


def _unrotatable(users: Users, name: str) -> Problem | None:
    user = users.get(name)
    if user is None:
        return _unknown(name)
    if user.namespace:
        remedy = f"sk registry grant --renew {user.namespace}"
        return Problem(f"{name} is the user of namespace {user.namespace}", "its pull secret must follow", remedy)
    if not user.password:
        by_hand = f"sk registry user remove {name}, and add him again"
        remedy = f"set {password_variable(name)} and deploy" if user.origin == "settings" else by_hand
        return Problem(f"the password of {name} was chosen by somebody", "there is nothing but its hash", remedy)
    return None


def _unknown(name: str) -> Problem:
    if name == USERNAME:
        why = "the admin's password is that of the settings"
        remedy = "set REGISTRY_ADMIN_PASSWORD, or change the Secret of REGISTRY_ADMIN_SECRET_NAME, and deploy"
        return Problem(f"{name} is not changed here", why, remedy)
    return Problem(f"there is no user {name}", "", "sk registry user list shows them all")


def _require(problems: Iterator[Problem | None]) -> None:
    if found := [problem for problem in problems if problem]:
        raise SolakubeError.of(found)
