"""Who asks: user and password for a registry's API, from the environment or from docker's login file."""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
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
    """Find the login for a registry: REGISTRY_USERNAME and REGISTRY_PASSWORD, else docker's file.

    Args:
        host: HOST or HOST:PORT.
        environment: of the process.

    Returns:
        None where there is none: then nobody is logged in.

    Raises:
        RegtoolError: only one of the variables is set, or docker's file cannot be read.
    """
    username, password = environment.get(USERNAME), environment.get(PASSWORD)
    if username and password:
        return Login(username, password)
    if username or password:
        missing = PASSWORD if username else USERNAME
        raise RegtoolError(f"{missing} is not set", "a login is a user and a password", "set both, or none")
    return _of_docker(host, environment)


def _of_docker(host: str, environment: Mapping[str, str]) -> Login | None:
    """Read `config.json` as `docker login` leaves it where it has no credential helper."""
    folder = environment.get("DOCKER_CONFIG") or os.path.join(environment.get("HOME", ""), ".docker")
    path = os.path.join(folder, "config.json")
    try:
        with open(path, encoding="utf-8") as file:
            entries = json.load(file).get("auths") or {}
        entry = next((entries[key] for key in (host, f"https://{host}", f"http://{host}") if entries.get(key)), None)
        return _decoded(entry) if entry else None
    except FileNotFoundError:
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
