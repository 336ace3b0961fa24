"""The admin user's password line and the registry's own HTTP secret."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import bcrypt

from solakube_core.plugin import Problem, Settings, Site
from solakube_registry.naming import COMPONENT, USERNAME, Names

BCRYPT_LIMIT = 72
"""Bytes of a password that bcrypt takes into account; it would ignore the rest silently."""

# The registry checks the hash at every single request, so the cost is paid hundreds of times in a push:
# 8 takes about 15 ms here, the usual 12 a quarter of a second.
_BCRYPT_COST = 8

_HTTP_SECRET_BYTES = 32


@dataclass(frozen=True)
class Credentials:
    """What the registry must know to tell friend from foe.

    Attributes:
        htpasswd: content of the htpasswd file: one bcrypt line for the user `admin`.
        http_secret: signs the state of uploads; the same across restarts, so that they can go on.
    """

    htpasswd: str = field(repr=False)
    http_secret: str = field(repr=False)


def admin_password(settings: Settings) -> str:
    """Return REGISTRY_ADMIN_PASSWORD, "" when it is not set."""
    return settings.get("REGISTRY_ADMIN_PASSWORD") or ""


def password_problem(password: str) -> Problem | None:
    """Tell what is wrong with a password; never repeats it."""
    if not password:
        return Problem(
            "REGISTRY_ADMIN_PASSWORD is not set",
            "the registry has one user, admin, and never runs without a password",
            'set it in the environment or in variables.sh: export REGISTRY_ADMIN_PASSWORD="..."',
        )
    size = len(password.encode())
    if size > BCRYPT_LIMIT:
        return Problem(
            f"REGISTRY_ADMIN_PASSWORD is too long: {size} bytes",
            f"bcrypt, the only hash the registry accepts, ignores everything after {BCRYPT_LIMIT} bytes",
            "choose a shorter one",
        )
    if any(ord(character) < 32 or ord(character) == 127 for character in password):
        return Problem(
            "REGISTRY_ADMIN_PASSWORD contains a control character",
            "HTTP basic authentication does not allow them (RFC 7617, section 2)",
            "choose one without line breaks, tabs and the like",
        )
    return None


def credentials(settings: Settings, names: Names, site: Site) -> Credentials:
    """Return the credentials to deploy, keeping those of an earlier deployment where they still hold.

    A hash is made with a random salt, so it is only made anew when the password changed: a second
    deployment then has nothing to change.
    """
    password = admin_password(settings)
    existing = site.secret(COMPONENT, names.secret, "htpasswd") or ""
    kept = existing if _holds(existing, password) else _htpasswd(password)
    http_secret = site.secret(COMPONENT, names.secret, "haSharedSecret")
    return Credentials(kept, http_secret or secrets.token_hex(_HTTP_SECRET_BYTES))


def _htpasswd(password: str) -> str:
    digest = bcrypt.hashpw(password.encode(), bcrypt.gensalt(_BCRYPT_COST, prefix=b"2b")).decode()
    return f"{USERNAME}:{digest}\n"


def _holds(htpasswd: str, password: str) -> bool:
    """Whether the file has exactly one user, admin, with this password."""
    lines = [line for line in htpasswd.splitlines() if line.strip()]
    if len(lines) != 1 or not lines[0].startswith(f"{USERNAME}:"):
        return False
    digest = lines[0].partition(":")[2].strip().encode()
    try:
        return bcrypt.checkpw(password.encode(), digest)
    except ValueError:
        # A hash of another kind: the registry would refuse it, too.
        return False
