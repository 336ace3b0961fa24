"""Answers to SolaKube's hooks. `sk` imports this module for every command, so the work is done elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from solakube_core.plugin import hookimpl

if TYPE_CHECKING:
    from solakube_core.plugin import Command, Component, Configuration, Plan, Settings, Site, StorageChoice, Variable

COMPONENT = "valkey"


@hookimpl
def variables() -> Iterable[Variable]:
    """Declare the settings: `sk config` lists them, and a value of another type stops a deployment."""
    from solakube_core.plugin import Variable

    return [
        Variable("VALKEY_PVC_SIZE", "1Gi", "size of its volume", "quantity"),
        Variable("VALKEY_IMAGE", "valkey/valkey:8", "its container image"),
        Variable("VALKEY_BINARY", None, "on one machine: the program; else one on PATH, else its image"),
        Variable("VALKEY_PORT", "6379", "on one machine: its port on 127.0.0.1", "integer"),
    ]


@hookimpl
def components() -> Iterable[Component]:
    """Name the component: `sk deploy valkey`."""
    from solakube_core.plugin import Component

    return [Component(COMPONENT, "A cache that keeps what it holds.")]


@hookimpl
def commands() -> Iterable[Command]:
    """Add `sk valkey`."""
    from solakube_core.plugin import Command

    return [Command("valkey", "Talk to the cache.", "solakube_valkey.command:valkey")]


@hookimpl
def configure(component: str, settings: Settings) -> Configuration | None:
    """Name permissions, volume and Service."""
    if component != COMPONENT:
        return None
    from solakube_valkey.plan import configuration

    return configuration(settings)


@hookimpl
def deploy(component: str, settings: Settings, storage: StorageChoice, site: Site) -> Plan | None:
    """Describe all of it."""
    if component != COMPONENT:
        return None
    from solakube_valkey.plan import plan

    return plan(settings, storage, site)
