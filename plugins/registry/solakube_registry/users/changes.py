"""What may be done to users one by one: from users as they are to users as they should be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from solakube_core.plugin import Problem, SolakubeError
from solakube_registry.naming import USERNAME
from solakube_registry.users import passwords
from solakube_registry.users.declared import password_variable
from solakube_registry.users.record import Users
from solakube_registry.users.user import Right, User, login_names, name_problem
from solakube_registry.users.variables import PULL_USERS, PUSH_USERS


def added(users: Users, name: str, may: Right, password: str | None) -> dict[str, User]:
    """Return the users with another one.

    Args:
        password: the one that was chosen; None for one that is made.

    Raises:
        SolakubeError: the name or the password cannot be, or there is such a user.
    """
    found = name_problem(name, "the command")
    if there := login_of(users, name):
        remedy = f"give him a new password: sk registry user rotate {name}"
        found = Problem(f"there is a user {name} already", f"he may {there.may}", remedy)
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
    return {name: user for name, user in users.items() if user.user not in gone}


def rotated(users: Users, names: Iterable[str], ends: float = 0.0) -> dict[str, User]:
    """Return the users with new passwords for some.

    Args:
        ends: seconds since 1970 until which their former logins hold, and the new ones have other names for it; 0 to
            end those that there are at once.

    Raises:
        SolakubeError: one is unknown, or has a password that is not made here.
    """
    chosen = tuple(dict.fromkeys(names))
    _require(_unrotatable(users, name) for name in sorted(chosen))
    after = dict(users)
    for name in chosen:
        login = login_of(users, name)
        assert login is not None
        renewed = replace(login, password=passwords.made())
        if ends:
            renewed = replace(renewed, name=next(free for free in login_names(name) if free not in after))
            after[login.name] = replace(login, ends=ends)
        else:
            after = {key: user for key, user in after.items() if user.user != name}
        after[renewed.name] = renewed
    return after


def login_of(users: Users, name: str) -> User | None:
    """Return the login of a user that holds until further notice; None where there is no such user."""
    return next((login for login in users.values() if login.user == name and not login.ends), None)


def rotatable(users: Users) -> tuple[str, ...]:
    """Return those whose passwords are made, but for users of namespaces, whose pull secrets follow.

    Raises:
        SolakubeError: there are none.
    """
    found = tuple(login.user for login in users.values() if login.password and not login.namespace and not login.ends)
    if not found:
        remedy = "sk registry user list shows them all; namespaces get new logins by `sk registry grant --renew`"
        raise SolakubeError("there is nobody to give a new password to", "no user has one that was made", remedy)
    return found


def _unremovable(users: Users, name: str) -> Problem | None:
    user = login_of(users, name)
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
    user = login_of(users, name)
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
