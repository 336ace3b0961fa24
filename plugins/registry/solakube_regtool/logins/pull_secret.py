"""A namespace's pull secret (kubernetes.io/dockerconfigjson), and the login in it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from solakube_regtool.logins.record import Login

_KEY = ".dockerconfigjson"


def with_login(secret: Mapping[str, Any], is_ours: Callable[[str], bool], login: Login) -> dict[str, str] | None:
    """Return the Secret's data with another login for the registry; None where it has none of ours.

    Args:
        is_ours: tells whether a user's name is that of a login to replace.
    """
    try:
        config = json.loads(base64.b64decode(secret["data"][_KEY]))
        ours = [host for host, entry in config["auths"].items() if is_ours(_username(entry))]
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    if not ours:
        return None
    pair = base64.b64encode(f"{login.name}:{login.password}".encode()).decode()
    for host in ours:
        config["auths"][host] = {"username": login.name, "password": login.password, "auth": pair}
    return {_KEY: base64.b64encode(json.dumps(config).encode()).decode()}


def _username(entry: Mapping[str, str]) -> str:
    pair = base64.b64decode(entry.get("auth", "")).decode()
    return entry.get("username") or pair.partition(":")[0]
