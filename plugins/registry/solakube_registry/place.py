"""Where the registry goes to: a cluster, or one machine without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solakube_registry.naming import COMPONENT, CONTAINER_LAYOUT

if TYPE_CHECKING:
    from solakube_core.plugin import Site


def in_cluster(site: Site) -> bool:
    """Tell whether there is a cluster."""
    return site.layout(COMPONENT, CONTAINER_LAYOUT) == CONTAINER_LAYOUT
