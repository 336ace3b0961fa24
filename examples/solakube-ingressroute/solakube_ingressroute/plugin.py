"""Answers to SolaKube's hooks. `sk` imports this module for every command, so the work is done elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from solakube_core.plugin import Backend, Configuration, Exposure, hookimpl

if TYPE_CHECKING:
    from solakube_core.plugin import Settings, Site, Variable

COMPONENT = "registry"


@hookimpl
def variables() -> Iterable[Variable]:
    """Declare the one setting that the built-in exposure does not have."""
    from solakube_core.plugin import Variable

    return [Variable("INGRESSROUTE_ENTRY_POINT", "websecure", "entry point of Traefik that the registry is served at")]


@hookimpl
def configure(component: str, settings: Settings) -> Configuration | None:
    """Name the permissions that the route takes: the core checks them before anything is changed."""
    if component != COMPONENT or settings.cluster_type == "local":
        return None
    from solakube_ingressroute.route import access

    return Configuration(access=access(settings.require("REGISTRY_APP_NAME")))


@hookimpl
def expose(component: str, settings: Settings, backend: Backend, site: Site) -> Exposure | None:
    """Expose the registry; a single machine without Kubernetes needs no route, so there is no answer for it."""
    if component != COMPONENT or settings.cluster_type == "local":
        return None
    from solakube_ingressroute.route import exposure

    return exposure(settings, backend, site)
