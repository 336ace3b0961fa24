"""The Secret with which pods pull from the private registry, and its place in a service account."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from solakube_core.plugin import Manifest, ObjectRef, Site
from solakube_registry.private.choice import PrivateRegistry

PULL_SECRET = "private-registry"
DEFAULT_ACCOUNT = "default"

_TYPE = "kubernetes.io/dockerconfigjson"
_OURS = {"app.kubernetes.io/managed-by": "solakube"}


def pull_secret(namespace: str, registry: PrivateRegistry) -> Manifest:
    """Return the pull secret for a namespace (kubernetes.io/dockerconfigjson).

    It has no time of creation and no random part: for equal arguments it is equal.
    """
    pair = f"{registry.username}:{registry.password}"
    login = {
        "username": registry.username,
        "password": registry.password,
        "auth": base64.b64encode(pair.encode()).decode(),
    }
    config = json.dumps({"auths": {registry.fqn: login}})
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": PULL_SECRET, "namespace": namespace},
        "type": _TYPE,
        "data": {".dockerconfigjson": base64.b64encode(config.encode()).decode()},
    }


def marked(secret: Manifest) -> Manifest:
    """Return a Secret with the mark by which a later grant knows it."""
    return {**secret, "metadata": {**secret["metadata"], "labels": _OURS}}


def secret_ref(namespace: str) -> ObjectRef:
    """Name the pull secret of a namespace."""
    return ObjectRef("v1", "Secret", PULL_SECRET, namespace)


def pull_secrets(site: Site) -> Iterator[tuple[str, Manifest | None]]:
    """Yield each namespace with the Secret of that name in it, None where it has none."""
    for entry in site.list("v1", "Namespace"):
        namespace = entry["metadata"]["name"]
        yield namespace, site.get(secret_ref(namespace))


def foreign(live: Manifest, registry: PrivateRegistry) -> str:
    """Tell what a Secret of that name holds that is not ours to overwrite; "" where it is a login of ours.

    One that bears no mark, as the original made it, is ours where it holds the login of this very user alone.
    """
    if (live["metadata"].get("labels") or {}).items() >= _OURS.items():
        return ""
    if live.get("type") != _TYPE:
        return f"it is of type {live.get('type')}"
    logins = logins_in(live)
    ours = (registry.fqn, registry.username)
    others = sorted({login.host for login in logins if (login.host, login.username) != ours})
    return f"it holds another login, for {', '.join(others)}" if others else "" if logins else "it holds no login"


class StoredLogin(NamedTuple):
    """A login in a pull secret.

    Attributes:
        host: of the registry that it is for.
        username, password: what is shown to it.
    """

    host: str
    username: str
    password: str


def logins_in(live: Manifest) -> list[StoredLogin]:
    """Return the logins of a docker login file, as far as it can be read."""
    try:
        auths = json.loads(base64.b64decode(live["data"][".dockerconfigjson"]))["auths"]
        return [StoredLogin(host.partition("://")[2] or host, *_pair(login)) for host, login in auths.items()]
    except (AttributeError, KeyError, TypeError, ValueError):
        return []


def _pair(login: dict[str, str]) -> tuple[str, str]:
    username, _, password = base64.b64decode(login.get("auth", "")).decode().partition(":")
    return login.get("username") or username, login.get("password") or password


def account_ref(namespace: str) -> ObjectRef:
    """Name the service account of pods that ask for no other."""
    return ObjectRef("v1", "ServiceAccount", DEFAULT_ACCOUNT, namespace)


def detached(account: Manifest | None, namespace: str) -> Manifest | None:
    """Return what to apply so that pods of the default service account use the pull secret no more.

    Args:
        account: as for `attached`.

    Returns:
        None where the secret is not in the list.
    """
    left = [entry for entry in (account or {}).get("imagePullSecrets") or () if entry != {"name": PULL_SECRET}]
    if account is None or len(left) == len(account.get("imagePullSecrets") or ()):
        return None
    return _stating(account, namespace, left)


def attached(account: Manifest | None, namespace: str) -> Manifest | None:
    """Return what to apply so that pods of the default service account use the pull secret by themselves.

    The whole list is stated, since the API server takes it as one value (its list type is atomic); the resource
    version makes the write fail, rather than lose an entry, when somebody else changed the list meanwhile.

    Args:
        account: the service account as it is, None where it is not made yet.

    Returns:
        None where the secret is in the list already.
    """
    live = account or {}
    secrets = list(live.get("imagePullSecrets") or ())
    if {"name": PULL_SECRET} in secrets:
        return None
    return _stating(live, namespace, [*secrets, {"name": PULL_SECRET}])


def _stating(live: Manifest, namespace: str, secrets: list[dict[str, str]]) -> Manifest:
    metadata: dict[str, Any] = {"name": DEFAULT_ACCOUNT, "namespace": namespace}
    if version := live.get("metadata", {}).get("resourceVersion"):
        metadata["resourceVersion"] = version
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata, "imagePullSecrets": secrets}
