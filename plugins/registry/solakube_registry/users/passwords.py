"""Passwords: what they may be, how they are made, and their hashes."""

from __future__ import annotations

import secrets

from solakube_core.plugin import Problem

BCRYPT_LIMIT = 72
"""Bytes of a password that bcrypt takes into account; it would ignore the rest silently."""

# The registry checks the hash at every single request, so the cost is paid hundreds of times in a push: 8 takes about
# 15 ms here, the usual 12 a quarter of a second.
CHOSEN = 8
"""Cost (the binary logarithm of rounds) for passwords that people chose, which can be guessed."""

MADE = 4
"""Cost for passwords that were made here: of 128 random bits none is ever guessed, however fast the hash is."""

_RANDOM_BYTES = 16


def made() -> str:
    """Make a password of 128 random bits, in characters that no shell, URL or YAML gives a meaning."""
    return secrets.token_hex(_RANDOM_BYTES)


def problem(password: str, variable: str) -> Problem | None:
    """Tell what is wrong with a password that somebody chose; never repeats it.

    Args:
        variable: where it was given.
    """
    size = len(password.encode())
    if size > BCRYPT_LIMIT:
        return Problem(
            f"{variable} is too long: {size} bytes",
            f"bcrypt, the only hash the registry accepts, ignores everything after {BCRYPT_LIMIT} bytes",
            "choose a shorter one",
        )
    if any(ord(character) < 32 or ord(character) == 127 for character in password):
        return Problem(
            f"{variable} contains a control character",
            "HTTP basic authentication does not allow them (RFC 7617, section 2)",
            "choose one without line breaks, tabs and the like",
        )
    return None


def hashed(password: str, cost: int) -> str:
    """Return the hash as htpasswd has it."""
    # Most commands make and check none.
    import bcrypt

    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost, prefix=b"2b")).decode()


def holds(digest: str, password: str) -> bool:
    """Tell whether a hash is this password's."""
    import bcrypt

    try:
        return bcrypt.checkpw(password.encode(), digest.strip().encode())
    except ValueError:
        # A hash of another kind: the registry would refuse it, too.
        return False
