"""Deploying, comparing and removing components, from the settings to the finished check."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from solakube_core.engine import READY_TIMEOUT, Engine, Progress
from solakube_core.lifecycle.preparation import Preparation, Prepared
from solakube_core.model import Address, Change, StorageChoice
from solakube_core.plugins import PluginManager
from solakube_core.settings import Settings, Variable


@dataclass(frozen=True)
class Lifecycle:
    """What `sk` does with components, on one engine."""

    plugins: PluginManager
    settings: Settings
    variables: tuple[Variable, ...]
    engine: Engine

    def prepare(
        self,
        component: str,
        overrides: Mapping[str, str] | None = None,
        *,
        take_over: bool = False,
        new_data: bool = False,
    ) -> Prepared:
        """Resolve and check everything and return the plan; nothing is changed.

        Args:
            overrides: variables that replace the user's for this once.
            take_over: let the plan adopt whatever bears its names, also what it does not expect.
            new_data: let it start with whatever is in its data folder, on one machine.

        Raises:
            SolakubeError: with every problem that was found.
        """
        preparation = self._preparation(component, overrides)
        return replace(preparation, take_over=take_over, new_data=new_data).prepare()

    def storage(self, component: str) -> StorageChoice | None:
        """Tell which storage class a component would get; None for one without storage."""
        return self._preparation(component).negotiate_storage()

    def address(self, component: str) -> Address | None:
        """Tell where users reach a component by its settings; None where only `Engine.open` leads there."""
        backend, exposure = self._preparation(component).negotiate_exposure()
        if exposure and exposure.address:
            return exposure.address
        return self.engine.address(backend) if backend else None

    def changes(self, prepared: Prepared) -> tuple[Change, ...]:
        """Tell what deploying would change."""
        return self.engine.changes(prepared.plan)

    def carry_out(self, prepared: Prepared, progress: Progress, timeout: float = READY_TIMEOUT) -> None:
        """Apply a plan, wait until it is ready and check it at its address.

        What was checked there once is not checked again while nothing of it changes.

        Args:
            timeout: seconds until giving up, all in all.

        Raises:
            SolakubeError: it could not be applied, did not become ready, or does not do what it promises.
                Running it again picks up from there.
        """
        plan, deadline = prepared.plan, time.monotonic() + timeout
        proven = self.engine.apply(plan, progress, timeout)
        self.engine.wait(plan, progress, deadline - time.monotonic())
        if plan.probes and not proven:
            # Imported here: the HTTP and TLS modules cost a third of the start-up of commands that never probe.
            from solakube_core.lifecycle.probing import check

            if check(plan, self.engine, progress, deadline):
                self.engine.prove(plan)

    def _preparation(self, component: str, overrides: Mapping[str, str] | None = None) -> Preparation:
        settings = self.settings.overlaid(overrides) if overrides else self.settings
        site, obstacles = self.engine.site, self.engine.obstacles
        return Preparation(component, self.plugins, settings, self.variables, site, obstacles)
