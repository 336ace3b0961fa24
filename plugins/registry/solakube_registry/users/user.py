"""A user of the registry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from solakube_regtool.logins import record

from solakube_core.plugin import Problem
from solakube_registry.naming import USERNAME

ANONYMOUS = "anonymous"
"""The login that requests without one get where anonymous pulls are allowed. Its password is the same: no secret."""

GRANTED = record.GRANTED
"""Begins the names of users that `sk registry grant` makes, before their namespace's."""

_FURTHER = "~"
"""Stands in a login's name between its user's and a number, in no user's own: a password file has one password for each
name, so that a user who is to have two for a while has two logins."""

Right = Literal["pull", "push"]
"""What a user may do; who may push may pull and delete, too."""

Origin = Literal["settings", "command", "grant"]
"""Where a user comes from: REGISTRY_PULL_USERS and the like, `sk registry user add`, or `sk registry grant`."""

_NAME = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*")
_LONGEST = 128


@dataclass(frozen=True)
class User:
    """A login of a user of the registry; a user has one, or for a while one more.

    Attributes:
        name: what he logs in with.
        may: what he may do.
        origin: where he comes from.
        password: the one that was made for him; "" where he has one of the settings, which is kept as a hash alone.
        namespace: the one that was granted the right to pull; "" where he was not made for one.
        ends: seconds since 1970 after which it is refused; 0 for never.
    """

    name: str
    may: Right
    origin: Origin
    password: str = field(default="", repr=False)
    namespace: str = ""
    ends: float = 0.0

    @property
    def user(self) -> str:
        """The name of the user whose login it is."""
        return self.name.partition(_FURTHER)[0]


def login_names(user: str) -> Iterator[str]:
    """Yield the names that a user's logins may have: his own, and further ones."""
    return record.login_names(user, _FURTHER)


def name_problem(name: str, source: str) -> Problem | None:
    """Tell why somebody cannot be called so.

    Args:
        source: where the name was given, such as a variable.
    """
    if name in (USERNAME, ANONYMOUS):
        who = "may do everything" if name == USERNAME else "is who pulls without a login"
        return Problem(f"{source} names {name}", f"the user {name} {who}", "choose another name")
    if name.startswith(GRANTED):
        why = f"names that begin with {GRANTED} are those of namespaces, which `sk registry grant` makes"
        return Problem(f"{source} names {name}", why, "choose another name")
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        return Problem(
            f"{source} names {name!r}, which cannot be a user's name",
            "it takes lower-case letters and digits, with dots, dashes or underscores between them",
            f"choose another name, of at most {_LONGEST} characters",
        )
    return None
