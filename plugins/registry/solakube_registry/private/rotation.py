"""Logins of namespaces that are replaced on a schedule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from solakube_core.plugin import Access, Problem, Settings
from solakube_registry.exposure.access import applying
from solakube_registry.naming import Names
from solakube_registry.private.pull_secret import PULL_SECRET
from solakube_registry.private.variables import GRACE, SCHEDULE

_ROUND_SECONDS = 90
"""Within these a changed Secret has reached every node."""

_RBAC = "rbac.authorization.k8s.io"


def cron(settings: Settings) -> str:
    """Return when; "" for never."""
    return settings.get(SCHEDULE) or ""


def order(settings: Settings, names: Names, replicas: int) -> Mapping[str, Any]:
    """Return what `solakube_regtool.logins.rotation` reads."""
    backend = names.backend
    return {
        "namespace": names.namespace,
        "secret": names.secret.name,
        "pull_secret": PULL_SECRET,
        "registry": f"http://{backend.service}.{backend.namespace}.svc:{backend.port}",
        "grace": settings.require(GRACE),
        # One of several registries tells nothing of the others.
        "settle": _ROUND_SECONDS if replicas > 1 else 0,
    }


def problems(settings: Settings, in_cluster: bool) -> Iterator[Problem]:
    """Tell where it cannot be."""
    if cron(settings) and not in_cluster:
        why = "it is namespaces' logins that are replaced, and their pull secrets follow"
        yield Problem(f"{SCHEDULE} has no effect on one machine", why, "leave it out")


def access(settings: Settings, namespace: str) -> Iterator[Access]:
    """Name the permissions that it takes: nobody can grant a right that he does not have himself."""
    if not cron(settings):
        return
    yield from applying("batch", "cronjobs", namespace)
    yield from applying("", "serviceaccounts", namespace)
    for resource in ("roles", "rolebindings"):
        yield from applying(_RBAC, resource, namespace)
    for resource in ("clusterroles", "clusterrolebindings"):
        yield from applying(_RBAC, resource)
    for verb in ("get", "patch"):
        yield Access(verb, "", "secrets")
