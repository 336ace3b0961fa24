"""What every command may need, each made when it is first asked for."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import click

from solakube_core.cli.patience import Patience
from solakube_core.cli.terminal import Terminal
from solakube_core.errors import NotDeployed, SolakubeError
from solakube_core.plugins import PluginManager

if TYPE_CHECKING:
    from solakube_core.engine import Engine
    from solakube_core.lifecycle import Lifecycle
    from solakube_core.model import Maintenance
    from solakube_core.settings import Settings, Variable


@dataclass
class Session:
    """One run of `sk`: the object that click passes to commands.

    Attributes:
        plugins: the loaded plugins.
        kubeconfig: path given on the command line, None for the usual places.
        context: context of the kubeconfig given on the command line, None for its current one.
    """

    plugins: PluginManager
    kubeconfig: str | None = None
    context: str | None = None
    terminal: Terminal = field(default_factory=Terminal)

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """The variables of the core and of all plugins."""
        from solakube_core.settings import CORE_VARIABLES

        return (*CORE_VARIABLES, *(entry for entries in self.plugins.variables().values() for entry in entries))

    @cached_property
    def settings(self) -> Settings:
        """The settings in force."""
        from pathlib import Path

        from solakube_core.settings import load

        with Patience(self.terminal, "reading the variables files"):
            return load(self.variables, os.environ, Path.home(), self.context, self.kubeconfig)

    @cached_property
    def engine(self) -> Engine:
        """The engine that the settings choose; it is said which one where that is not plain."""
        from solakube_core.cli.engine_choice import choose_engine

        return choose_engine(self.settings, self.kubeconfig, self.context, self.terminal, self.plugins.observe)

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """Deploying, comparing and removing on that engine."""
        from solakube_core.lifecycle import Lifecycle

        return Lifecycle(self.plugins, self.settings, self.variables, self.engine)

    def announce(self, subject: str, namespace: str = "") -> None:
        """Say where a command goes that changes something: its first line.

        Args:
            subject: what it changes, such as the name of a component.
            namespace: where that is; "" where it has none.
        """
        self.terminal.say(f"{subject} -> {self.engine.site.describe(namespace)}")

    def maintenance(self, component: str) -> Maintenance | None:
        """The maintenance that a component offers; None for one that offers none."""
        return self.plugins.maintain(component, self.settings, self.engine.site)

    def namespace(self, component: str) -> str:
        """The namespace that a component goes to by the settings; "" where only the cluster can tell.

        Raises:
            SolakubeError: no component can be called so.
        """
        from solakube_core.model.components import is_component_name

        if not is_component_name(component):
            raise self.plugins.unknown_component(component)
        try:
            maintenance = self.maintenance(component)
        except SolakubeError:
            return ""
        return maintenance.tool.namespace if maintenance else ""

    def not_deployed(self, component: str) -> NotDeployed:
        """Say that a component is not deployed where the settings lead."""
        return NotDeployed(component, self.engine.site.describe(self.namespace(component)))


pass_session = click.make_pass_decorator(Session)
"""Decorates a click command: its first argument is then the `Session` of this run."""
