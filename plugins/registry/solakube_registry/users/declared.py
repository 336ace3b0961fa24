"""The users that the settings name, and their passwords."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from solakube_core.plugin import Problem, Settings
from solakube_registry.users import passwords
from solakube_registry.users.user import Right, name_problem
from solakube_registry.users.variables import ANONYMOUS_PULL, PULL_USERS, PUSH_USERS

_VARIABLES: Mapping[Right, str] = {"pull": PULL_USERS, "push": PUSH_USERS}


def names(settings: Settings) -> dict[str, Right]:
    """Return what each user of the settings may do, by his name."""
    return {name: may for may, variable in _VARIABLES.items() for name in _listed(settings, variable)}


def password(settings: Settings, name: str) -> str:
    """Return the password that the settings have for a user; "" where one is to be made."""
    return settings.get(password_variable(name)) or ""


def password_variable(name: str) -> str:
    """Return the variable of a user's password, as admin's is REGISTRY_ADMIN_PASSWORD."""
    return f"REGISTRY_{name.upper().replace('-', '_').replace('.', '_')}_PASSWORD"


def problems(settings: Settings) -> Iterator[Problem]:
    """Tell what is wrong with the users of the settings."""
    for variable in _VARIABLES.values():
        for name in _listed(settings, variable):
            odd = passwords.problem(password(settings, name), password_variable(name))
            yield from filter(None, (name_problem(name, variable) or odd,))
    for name in sorted({*_listed(settings, PULL_USERS)} & {*_listed(settings, PUSH_USERS)}):
        why = "who may push may pull, too"
        yield Problem(f"{name} is in {PULL_USERS} and in {PUSH_USERS}", why, f"take {name} out of one of them")


def wants(settings: Settings, variable: str) -> bool:
    """Tell whether users of a variable are wanted."""
    return settings.boolean(variable) if variable == ANONYMOUS_PULL else bool(_listed(settings, variable))


def _listed(settings: Settings, variable: str) -> list[str]:
    listed = (settings.get(variable) or "").replace(",", " ")
    return list(dict.fromkeys(listed.split()))
