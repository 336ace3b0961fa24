"""Where the registry goes to: a cluster, or one machine without one."""

from __future__ import annotations

from solakube_core.plugin import Site
from solakube_registry.naming import COMPONENT, CONTAINER_LAYOUT


def in_cluster(site: Site) -> bool:
    """Tell whether there is a cluster."""
    return site.layout(COMPONENT, CONTAINER_LAYOUT) == CONTAINER_LAYOUT
