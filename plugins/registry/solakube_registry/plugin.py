"""The registry's answers to SolaKube's hooks. What they say is made elsewhere, imported when asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from solakube_core.plugin import hookimpl

if TYPE_CHECKING:
    from pathlib import Path

    from solakube_core.plugin import (
        Backend,
        Command,
        Component,
        Configuration,
        Exposure,
        Maintenance,
        Manifest,
        Observation,
        Plan,
        Settings,
        Site,
        StorageChoice,
        Variable,
    )

COMPONENT = "registry"


@hookimpl
def variables() -> Iterable[Variable]:
    """Declare the registry's settings."""
    from solakube_registry.variables import VARIABLES

    return VARIABLES


@hookimpl
def commands() -> Iterable[Command]:
    """Add `sk registry`."""
    from solakube_core.plugin import Command

    return [Command("registry", "Use the registry and look after it.", "solakube_registry.commands:registry")]


@hookimpl
def components() -> Iterable[Component]:
    """Name the registry."""
    from solakube_core.plugin import Component

    return [Component(COMPONENT, "A private container registry.")]


@hookimpl
def configure(component: str, settings: Settings, roots: tuple[Path, ...], site: Site) -> Configuration | None:
    """Check what the registry needs."""
    if component != COMPONENT:
        return None
    from solakube_registry import configure as phase

    return phase.configure(settings, roots, site)


@hookimpl
def expose(component: str, settings: Settings, backend: Backend, site: Site) -> Exposure | None:
    """Expose the registry in the built-in ways."""
    if component != COMPONENT:
        return None
    from solakube_registry.exposure import choice

    return choice.expose(settings, backend, site)


@hookimpl
def deploy(
    component: str,
    settings: Settings,
    roots: tuple[Path, ...],
    storage: StorageChoice | None,
    exposure: Exposure | None,
    site: Site,
) -> Plan | None:
    """Describe the registry."""
    if component != COMPONENT:
        return None
    from solakube_registry import plan

    return plan.deploy(settings, roots, storage, exposure, site)


@hookimpl
def observe(live: Manifest, site: Site) -> Observation | None:
    """Tell of the certificate and the route that expose the registry, and of the admin's password."""
    from solakube_registry.exposure import observing
    from solakube_registry.private import leaks
    from solakube_registry.users import admin

    return observing.observe(live, site) or leaks.observe(live, site) or admin.observe(live, site)


@hookimpl
def maintain(component: str, settings: Settings, site: Site) -> Maintenance | None:
    """Name the registry's maintenance."""
    if component != COMPONENT:
        return None
    from solakube_registry.maintenance.regtool import maintenance

    return maintenance(settings, site)
