"""Who asks: user and password for a registry's API, from the environment or from a login file.

Docker and the tools of containers/image (podman, skopeo, buildah) have such files, of one format.
Source of their places: https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from solakube_regtool.errors import RegtoolError

USERNAME = "REGISTRY_USERNAME"
PASSWORD = "REGISTRY_PASSWORD"


class Login(NamedTuple):
    """User and password; it never shows the password."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.username!r})"

    def basic(self) -> str:
        """Give the Authorization header of HTTP basic authentication (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


def find_login(host: str, environment: Mapping[str, str]) -> Login | None:
    """Find the login for a registry: REGISTRY_USERNAME and REGISTRY_PASSWORD, else that of a login file.

    Args:
        host: HOST or HOST:PORT.
        environment: of the process.

    Returns:
        None where there is none: then nobody is logged in.

    Raises:
        RegtoolError: only one of the variables is set, or a login file cannot be read.
    """
    username, password = environment.get(USERNAME), environment.get(PASSWORD)
    if username and password:
        return Login(username, password)
    if username or password:
        missing = PASSWORD if username else USERNAME
        raise RegtoolError(f"{missing} is not set", "a login is a user and a password", "set both, or none")
    found = (_in_file(host, path) for path in _files(environment))
    return next(filter(None, found), None)


def _files(environment: Mapping[str, str]) -> Iterator[str]:
    """Give the paths of login files: the tools of containers/image look into docker's last."""
    home = environment.get("HOME", "")
    if environment.get("REGISTRY_AUTH_FILE"):
        yield environment["REGISTRY_AUTH_FILE"]
    if environment.get("XDG_RUNTIME_DIR"):
        yield os.path.join(environment["XDG_RUNTIME_DIR"], "containers/auth.json")
    yield os.path.join(home, ".config/containers/auth.json")
    yield os.path.join(environment.get("DOCKER_CONFIG") or os.path.join(home, ".docker"), "config.json")


def _in_file(host: str, path: str) -> Login | None:
    """Read a file as it is left by a login where there is no credential helper."""
    try:
        with open(path, encoding="utf-8") as file:
            entries = json.load(file).get("auths") or {}
        entry = next((entries[key] for key in (host, f"https://{host}", f"http://{host}") if entries.get(key)), None)
        return _decoded(entry) if entry else None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, AttributeError, TypeError, binascii.Error):
        # The cause may quote the file, and with it a password.
        hint = f"repair it, or set {USERNAME} and {PASSWORD}"
        raise RegtoolError(f"the login for {host} in {path} cannot be read", "", hint) from None


def _decoded(entry: Mapping[str, str]) -> Login | None:
    if entry.get("auth"):
        username, _, password = base64.b64decode(entry["auth"], validate=True).decode().partition(":")
    else:
        username, password = entry.get("username", ""), entry.get("password", "")
    return Login(username, password) if username and password else None
