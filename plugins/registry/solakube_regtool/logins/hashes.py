"""bcrypt, the only hash that the registry accepts, by the system's crypt(3): Python's standard library has none."""

from __future__ import annotations

import secrets

from solakube_regtool.errors import RegtoolError

# Nobody guesses 128 random bits, however fast the hash is; the registry checks it at every request.
_METHOD = "$2b$04$"
_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_LAST = ".Oeu"
"""The last of the 22 characters of a salt of 128 bits says two of them."""

_LENGTH = 60
_LIBRARIES = ("libcrypt.so.1", "libcrypt.so.2", None)
"""Of Debian and its like, of Fedora; musl has it in the C library itself."""


def made() -> str:
    """Make a password of 128 random bits."""
    return secrets.token_hex(16)


def hashed(password: str) -> str:
    """Return the hash of a password as a password file has it.

    Raises:
        RegtoolError: the system's crypt(3) knows no bcrypt.
    """
    # The settings of users name this module, too, and take a while less without it.
    import ctypes

    salt = "".join(secrets.choice(_ALPHABET) for _ in range(21)) + secrets.choice(_LAST)
    for name in _LIBRARIES:
        try:
            crypt = ctypes.CDLL(name).crypt
        except (OSError, AttributeError):
            continue
        crypt.restype = ctypes.c_char_p
        digest = (crypt(password.encode(), f"{_METHOD}{salt}".encode()) or b"").decode()
        if len(digest) == _LENGTH and digest.startswith(_METHOD):
            return digest
    why = "the registry accepts no other hash than bcrypt, and crypt(3) of this image knows none"
    raise RegtoolError(
        "no login can be made here", why, "name another REGISTRY_MAINTENANCE_IMAGE, such as python:3.13-slim"
    )
