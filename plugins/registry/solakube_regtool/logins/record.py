"""The registry's Secret: the record of its users, and the password file of those who may pull."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from solakube_regtool.errors import RegtoolError
from solakube_regtool.logins import hashes
from solakube_regtool.logins.keeping import READER, end_line, living

USERS = "users.json"
FORMAT = 1

GRANTED = "pull-"
"""Begins the names of namespaces' logins."""


class Login(NamedTuple):
    """A name and the password for it."""

    name: str
    password: str


def login_names(first: str, separator: str) -> Iterator[str]:
    """Yield the names that one who gets a new login again and again may have."""
    yield first
    for number in itertools.count(2):
        yield f"{first}{separator}{number}"


def namespace_names(namespace: str) -> Iterator[str]:
    """Yield names for a namespace's login; none is that of another namespace's, which has no dot."""
    return login_names(f"{GRANTED}{namespace}", ".")


class Record:
    """What the Secret holds of users.

    Args:
        data: of the Secret.

    Raises:
        RegtoolError: it is of another version, or damaged.
    """

    def __init__(self, data: Mapping[str, str]) -> None:
        try:
            record = json.loads(_decoded(data, USERS) or json.dumps({"format": FORMAT, "users": []}))
            if record["format"] != FORMAT:
                raise RegtoolError("the record of the users is of another version", "", "deploy the registry again")
            self._users: dict[str, dict[str, Any]] = {entry["name"]: entry for entry in record["users"]}
            self._reader = _decoded(data, READER)
        except (KeyError, TypeError, ValueError) as error:
            raise RegtoolError("the record of the users cannot be read", type(error).__name__) from error

    def namespaces(self) -> tuple[str, ...]:
        """Return the namespaces that have a login."""
        found = (entry["namespace"] for entry in self._users.values())
        return tuple(dict.fromkeys(namespace for namespace in found if namespace))

    def has(self, namespace: str, name: str) -> bool:
        """Tell whether a login is that namespace's."""
        return name in self._users and self._users[name]["namespace"] == namespace

    def add(self, namespace: str) -> Login:
        """Make one more login for a namespace."""
        name = next(name for name in namespace_names(namespace) if name not in self._users)
        password = hashes.made()
        entry = {"name": name, "may": "pull", "origin": "grant", "password": password, "namespace": namespace}
        self._users[name] = {**entry, "ends": 0.0}
        self._reader += f"{name}:{hashes.hashed(password)}\n"
        return Login(name, password)

    def end(self, namespace: str, but: str, moment: float) -> None:
        """Let all logins of a namespace end at a moment but one; those that end already stay as they are."""
        for name, entry in self._users.items():
            if entry["namespace"] == namespace and name != but and not entry["ends"]:
                entry["ends"] = moment
                self._reader += end_line(name, moment)

    def drop(self, name: str) -> None:
        """Take a login back that nobody got."""
        if self._users.pop(name, None):
            self._reader = living(self._reader + end_line(name, 0), 0).replace(end_line(name, 0), "")

    def data(self) -> dict[str, str]:
        """Return what the Secret should hold under these keys."""
        record = {"format": FORMAT, "users": [self._users[name] for name in sorted(self._users)]}
        texts = {USERS: json.dumps(record, indent=1) + "\n", READER: self._reader}
        return {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}


def _decoded(data: Mapping[str, str], key: str) -> str:
    return base64.b64decode(data.get(key, "")).decode()
