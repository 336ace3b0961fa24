"""Where the registry goes to: a cluster, or one machine without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solakube_registry.naming import COMPONENT, CONTAINER_LAYOUT, READER_CONFIG

if TYPE_CHECKING:
    from solakube_core.plugin import Site
    from solakube_registry.naming import Names


def in_cluster(site: Site) -> bool:
    """Tell whether there is a cluster."""
    return site.layout(COMPONENT, CONTAINER_LAYOUT) == CONTAINER_LAYOUT


def has_reader_here(site: Site, names: Names) -> bool:
    """Tell whether a process of its own serves pulls on one machine, as where somebody may only pull."""
    return not in_cluster(site) and site.secret(COMPONENT, names.config, READER_CONFIG) is not None
