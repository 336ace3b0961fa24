"""The registry's password files: one for the process that takes pushes, one for the one that serves pulls.

A hash is made with a random salt, so a line is only made anew when the password changed: a second deployment then has
nothing to change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from solakube_regtool.logins.keeping import end_line

from solakube_registry.naming import USERNAME
from solakube_registry.users import passwords
from solakube_registry.users.record import Users
from solakube_registry.users.user import ANONYMOUS, User

Lines = Mapping[str, str]
"""Hashes by the names of their users."""


def read(text: str) -> dict[str, str]:
    """Read a password file."""
    pairs = (line.partition(":") for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return {name: digest for name, _, digest in pairs}


def written(lines: Lines, users: Users) -> str:
    """Write a password file.

    Args:
        users: tell who ends at a moment.
    """
    logins = (f"{name}:{digest}\n" for name, digest in lines.items())
    ends = (end_line(name, users[name].ends) for name in lines if name in users and users[name].ends)
    return "".join((*logins, *ends))


def line(before: Lines, name: str, password: str, cost: int) -> str:
    """Return a user's hash: the one before where it is still his password's."""
    kept = before.get(name, "")
    return kept if passwords.holds(kept, password) else passwords.hashed(password, cost)


def lines(before: Lines, admin: str, users: Users, given: Mapping[str, str], anonymous: bool) -> dict[str, str]:
    """Return the hashes of all who may log in.

    Args:
        before: what was there.
        admin: the admin's hash.
        users: all users besides.
        given: passwords of the settings, by user, "" for none. Who has neither one of these nor a made one keeps his
            hash.
        anonymous: requests without a login may pull.
    """
    made = {USERNAME: admin, **{name: _of(users[name], before, given.get(name, "")) for name in sorted(users)}}
    if anonymous:
        made[ANONYMOUS] = line(before, ANONYMOUS, ANONYMOUS, passwords.MADE)
    return made


def of_writers(all_lines: Lines, users: Users) -> dict[str, str]:
    """Return the hashes of those alone who may push."""
    return {name: all_lines[name] for name in all_lines if name == USERNAME or _may_push(users.get(name))}


def _may_push(user: User | None) -> bool:
    return user is not None and user.may == "push"


def _of(user: User, before: Lines, given: str) -> str:
    if user.password:
        return line(before, user.name, user.password, passwords.MADE)
    return line(before, user.name, given, passwords.CHOSEN) if given else before[user.name]


def only_pulls(users: Iterable[User]) -> bool:
    """Tell whether anybody may pull and not push."""
    return any(user.may == "pull" for user in users)
