"""The record of the users, as it is kept in the registry's Secret beside their hashes."""

from __future__ import annotations

import json
import time
from collections.abc import Container, Iterable, Mapping
from dataclasses import asdict, replace

from solakube_regtool.logins.record import FORMAT, USERS

from solakube_core.plugin import Settings, SolakubeError
from solakube_registry.users import declared, passwords
from solakube_registry.users.user import Right, User, login_names

KEY = USERS
"""Its key in the Secret. It is not mounted: the registry knows hashes alone."""

Users = Mapping[str, User]
"""Users by their names."""


def read(text: str | None) -> dict[str, User]:
    """Read a record.

    Raises:
        SolakubeError: it was written by a later version, or by hand.
    """
    if not text:
        return {}
    try:
        record = json.loads(text)
        if record["format"] != FORMAT:
            raise SolakubeError(
                "the record of the registry's users is of another version of sk",
                f"it has format {record['format']}, this sk writes {FORMAT}",
                "use that version, or a later one",
            )
        return {entry["name"]: User(**entry) for entry in record["users"]}
    except (ValueError, KeyError, TypeError) as error:
        raise SolakubeError(
            f"the record of the registry's users cannot be read: {type(error).__name__}",
            f"it is {KEY} in the registry's Secret",
            "take that key out of the Secret and deploy again: users are then made anew, with new passwords",
        ) from None


def living(users: Users, now: float) -> dict[str, User]:
    """Return the users whose time is not over.

    Args:
        now: seconds since 1970.
    """
    return {name: user for name, user in users.items() if not user.ends or user.ends > now}


def written(users: Users) -> str:
    """Write a record; "" for no users."""
    entries = [asdict(users[name]) for name in sorted(users)]
    return json.dumps({"format": FORMAT, "users": entries}, indent=1) + "\n" if entries else ""


def settled(settings: Settings, recorded: Users, hashed: Container[str]) -> dict[str, User]:
    """Return the users as a deployment makes them: those of the settings, and those that commands made.

    Who was in the settings and is there no more is gone. A password that was made stays, and so does one that the
    settings gave and do not tell any more: they may be somebody else's, who has no need to know it.

    Args:
        settings: name users, and may have passwords for them.
        recorded: the users as they were.
        hashed: those of whom there is a hash.
    """
    wanted, there = declared.names(settings), living(recorded, time.time())
    kept = {name: user for name, user in there.items() if user.origin != "settings" and user.user not in wanted}
    named = (_of_settings(settings, name, may, there, hashed) for name, may in wanted.items())
    return {**kept, **{user.name: user for logins in named for user in logins}}


def _of_settings(settings: Settings, name: str, may: Right, recorded: Users, hashed: Container[str]) -> Iterable[User]:
    """Yield the logins of a user of the settings."""
    if declared.password(settings, name):
        yield User(name, may, "settings")
        return
    logins = {login.name: login for login in recorded.values() if login.user == name}
    usable = {key: login for key, login in logins.items() if login.password or key in hashed}
    yield from (replace(login, may=may, origin="settings") for login in usable.values())
    if all(login.ends for login in usable.values()):
        free = next(key for key in login_names(name) if key not in usable)
        yield User(free, may, "settings", passwords.made())
