"""The Secret with which pods pull from the private registry, and its place in a service account."""

from __future__ import annotations

import base64
import json
from typing import Any

from solakube_core.model import Manifest, ObjectRef
from solakube_registry.private.choice import PrivateRegistry

PULL_SECRET = "private-registry"
DEFAULT_ACCOUNT = "default"


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
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": base64.b64encode(config.encode()).decode()},
    }


def account_ref(namespace: str) -> ObjectRef:
    """Name the service account of pods that ask for no other."""
    return ObjectRef("v1", "ServiceAccount", DEFAULT_ACCOUNT, namespace)


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
    metadata: dict[str, Any] = {"name": DEFAULT_ACCOUNT, "namespace": namespace}
    if version := live.get("metadata", {}).get("resourceVersion"):
        metadata["resourceVersion"] = version
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata,
        "imagePullSecrets": [*secrets, {"name": PULL_SECRET}],
    }
