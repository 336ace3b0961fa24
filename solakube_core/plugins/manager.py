"""pluggy behind one class with a typed method for each hook. No other module calls a hook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from solakube_core import hooks
from solakube_core.errors import SolakubeError
from solakube_core.markers import PROJECT
from solakube_core.plugins.discovery import Announced, PluginRecord

if TYPE_CHECKING:
    from solakube_core.engine import Site
    from solakube_core.model import (
        Backend,
        Command,
        Component,
        Configuration,
        Exposure,
        Maintenance,
        Plan,
        StorageChoice,
        StorageOffer,
        StorageRequest,
    )
    from solakube_core.settings import Settings, Variable


class PluginManager:
    """The loaded plugins and their hooks."""

    def __init__(self) -> None:
        self._pluggy = pluggy.PluginManager(PROJECT)
        self._pluggy.add_hookspecs(hooks)
        self._records: dict[str, PluginRecord] = {}

    def load(self, announced: Iterable[Announced], blocked: Iterable[str] = ()) -> None:
        """Import and register plugins; a broken one is recorded and left out.

        Args:
            announced: what discovery found.
            blocked: names of entry points or distributions that must not even be imported.
        """
        unwanted = frozenset(blocked)
        for plugin in announced:
            if plugin.name in unwanted or plugin.distribution in unwanted:
                self._record(plugin, "blocked")
            else:
                self._load_one(plugin)

    def _load_one(self, plugin: Announced) -> None:
        if plugin.name in self._records:
            self._record(plugin, "broken", f"the name is taken by {self._records[plugin.name]}")
            return
        try:
            # Third-party code: whatever it raises must not keep the other plugins from working.
            module = plugin.load()
            self.register(module, plugin.name)
        except Exception as cause:
            self._record(plugin, "broken", f"{type(cause).__name__}: {cause}")
        else:
            self._record(plugin, "loaded")

    def register(self, plugin: object, name: str) -> None:
        """Register one plugin object under a name.

        Raises:
            pluggy.PluginValidationError: an implementation names a hook or an argument that does not exist.
        """
        try:
            self._pluggy.register(plugin, name)
            # A misspelt hook is accepted by register() and found only here.
            self._pluggy.check_pending()
        except Exception:
            # register() is not atomic: without this the plugin would stay registered with half its hooks.
            if self._pluggy.has_plugin(name):
                self._pluggy.unregister(name=name)
            raise

    def _record(self, plugin: Announced, state: Any, cause: str = "") -> None:
        answered = tuple(self._hooks_of(plugin.name)) if state == "loaded" else ()
        key = plugin.name if plugin.name not in self._records else f"{plugin.name}@{plugin.distribution}"
        self._records[key] = PluginRecord(plugin.name, plugin.distribution, plugin.version, state, cause, answered)

    def _hooks_of(self, name: str) -> Iterator[str]:
        callers = self._pluggy.get_hookcallers(self._pluggy.get_plugin(name)) or []
        yield from sorted(caller.name for caller in callers)

    @property
    def records(self) -> tuple[PluginRecord, ...]:
        """Every plugin that was found, with its state."""
        return tuple(self._records.values())

    @property
    def broken(self) -> tuple[PluginRecord, ...]:
        """The plugins that were left out because they do not work."""
        return tuple(record for record in self.records if record.state == "broken")

    def describe(self, name: str) -> str:
        """Name a plugin with its distribution and version, as far as they are known."""
        return str(self._records.get(name, name))

    def deployer_of(self, component: str) -> str:
        """Name the plugin that deploys a component; "" when none does."""
        for plugin, entries in self.components().items():
            if any(entry.name == component for entry in entries):
                return plugin
        return ""

    # One typed method for each hook, in the order of a component's life.

    def variables(self) -> tuple[Variable, ...]:
        """Return the variables of all plugins."""
        return tuple(variable for answer in self._pluggy.hook.variables() for variable in answer)

    def commands(self) -> Mapping[str, tuple[Command, ...]]:
        """Return the commands of all plugins, by the plugin's name."""
        return {name: tuple(answer) for name, answer in self._answers("commands")}

    def components(self) -> Mapping[str, tuple[Component, ...]]:
        """Return the components of all plugins, by the plugin's name."""
        return {name: tuple(answer) for name, answer in self._answers("components")}

    def configure(
        self, component: str, settings: Settings, roots: tuple[Path, ...], site: Site
    ) -> tuple[Configuration, ...]:
        """Collect what the plugins resolved and checked for a component."""
        answers = self._pluggy.hook.configure(component=component, settings=settings, roots=roots, site=site)
        return tuple(answers)

    def storage_class(self, request: StorageRequest, settings: Settings, offer: StorageOffer) -> StorageChoice:
        """Have the storage class of a request chosen.

        Raises:
            SolakubeError: no installed plugin answers.
        """
        choice: StorageChoice | None = self._pluggy.hook.storage_class(request=request, settings=settings, offer=offer)
        if choice is None:
            raise SolakubeError(
                f"no plugin chooses a storage class for {request.component}",
                self._why_unanswered(),
                "install the distribution solakube-storage; `sk plugins` shows what is loaded",
            )
        return choice

    def expose(self, component: str, settings: Settings, backend: Backend, site: Site) -> Mapping[str, Exposure]:
        """Collect every exposure that is offered, by the plugin's name."""
        answers = self._answers("expose", component=component, settings=settings, backend=backend, site=site)
        return dict(answers)

    def deploy(
        self,
        component: str,
        settings: Settings,
        roots: tuple[Path, ...],
        storage: StorageChoice | None,
        exposure: Exposure | None,
        site: Site,
    ) -> Plan:
        """Have a component described.

        Raises:
            SolakubeError: no installed plugin deploys it.
        """
        plan: Plan | None = self._pluggy.hook.deploy(
            component=component,
            settings=settings,
            roots=roots,
            storage=storage,
            exposure=exposure,
            site=site,
        )
        if plan is None:
            raise self.unknown_component(component)
        return plan

    def maintain(self, component: str, settings: Settings, site: Site) -> Maintenance:
        """Have a component's upkeep named.

        Raises:
            SolakubeError: no installed plugin maintains it.
        """
        answer: Maintenance | None = self._pluggy.hook.maintain(component=component, settings=settings, site=site)
        if answer is None:
            raise self.unknown_component(component)
        return answer

    def require_component(self, component: str) -> None:
        """Make sure that an installed plugin deploys a component: what is misspelt is not just "not deployed".

        Raises:
            SolakubeError: none does.
        """
        if component not in self._component_names():
            raise self.unknown_component(component)

    def unknown_component(self, component: str) -> SolakubeError:
        """Return the error for a component that nobody deploys."""
        names = self._component_names()
        nearest = get_close_matches(component, names, 1)
        return SolakubeError(
            f"no installed plugin deploys {component!r}",
            self._why_unanswered() or f"known components: {', '.join(names) or 'none'}",
            f"did you mean {nearest[0]}?"
            if nearest
            else "check the name, or install the plugin; `sk plugins` shows what is loaded",
        )

    def _component_names(self) -> list[str]:
        return sorted(entry.name for entries in self.components().values() for entry in entries)

    def _why_unanswered(self) -> str:
        return "; ".join(f"plugin {record} is broken: {record.cause}" for record in self.broken)

    def _answers(self, hook: str, **arguments: object) -> Iterator[tuple[str, Any]]:
        """Yield (plugin name, answer): pluggy itself does not say which plugin returned what."""
        for name, plugin in self._pluggy.list_name_plugin():
            if plugin is None:
                continue
            others = [other for _, other in self._pluggy.list_name_plugin() if other is not plugin and other]
            answers = self._pluggy.subset_hook_caller(hook, others)(**arguments)
            for answer in answers:
                yield name, answer
