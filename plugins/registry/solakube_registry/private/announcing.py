"""The registry announced to development tools, where that is asked for.

Source: KEP-1755, "Communicating a local registry"
(https://github.com/kubernetes/enhancements/tree/master/keps/sig-cluster-lifecycle/generic/1755-communicating-a-local-registry).
"""

from __future__ import annotations

from collections.abc import Iterator

from solakube_core.plugin import Access, Exposure, ObjectRef, Settings, SolakubeError
from solakube_registry.exposure.access import applying
from solakube_registry.private.variables import ANNOUNCE

ANNOUNCEMENT = ObjectRef("v1", "ConfigMap", "local-registry-hosting", "kube-public")


def access(settings: Settings) -> Iterator[Access]:
    """Name the permissions that it takes."""
    if settings.boolean(ANNOUNCE):
        yield from applying("", "configmaps", ANNOUNCEMENT.namespace)


def announced_host(settings: Settings, exposure: Exposure | None) -> str:
    """Return the host that is to be announced, with its port; "" where none is.

    Raises:
        SolakubeError: there is no address that both this machine and the nodes know.
    """
    if not settings.boolean(ANNOUNCE):
        return ""
    if exposure and exposure.address:
        return exposure.address.host
    raise SolakubeError(
        f"{ANNOUNCE} has nothing to announce",
        "tools push to the address from which nodes pull, and nothing exposes the registry",
        "expose it (docs/exposure.md), or leave that out",
    )
