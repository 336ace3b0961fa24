"""pluggy behind one class with a typed method for each hook. No other module calls a hook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import GenericAlias
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from solakube_core.errors import Problem, SolakubeError
from solakube_core.plugins.checking import misfit
from solakube_core.plugins.discovery import PluginRecord
from solakube_core.plugins.faults import PluginFault, blaming
from solakube_core.plugins.loading import LoadedPlugins

if TYPE_CHECKING:
    from pathlib import Path

    from solakube_core.engine import Site
    from solakube_core.model import (
        Backend,
        Command,
        Component,
        Configuration,
        Exposure,
        Maintenance,
        Manifest,
        Observation,
        Plan,
        StorageChoice,
        StorageOffer,
        StorageRequest,
    )
    from solakube_core.settings import Settings, Variable

T = TypeVar("T")


class PluginManager(LoadedPlugins):
    """The hooks of the loaded plugins.

    Each implementation is called by itself, and its answer's type is checked: so whatever a plugin does wrong is
    told as that plugin's, and leaves the others' answers as they are.
    """

    def __init__(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """Hold no plugin yet; `tell` is as for `LoadedPlugins`."""
        super().__init__(tell)
        self._contributions: dict[tuple[str, str], tuple[Any, ...]] = {}

    def deployer_of(self, component: str) -> str:
        """Name the plugin that deploys a component; "" when none does."""
        for plugin, entries in self.components().items():
            if any(entry.name == component for entry in entries):
                return plugin
        return ""

    # One typed method for each hook, in the order of a component's life.

    def variables(self) -> Mapping[str, tuple[Variable, ...]]:
        """Return the variables of all plugins, by the plugin's name."""
        from solakube_core.settings import Variable

        return self._contributed("variables", Variable)

    def commands(self) -> Mapping[str, tuple[Command, ...]]:
        """Return the commands of all plugins, by the plugin's name."""
        from solakube_core.model import Command

        return self._contributed("commands", Command)

    def components(self) -> Mapping[str, tuple[Component, ...]]:
        """Return the components of all plugins, by the plugin's name."""
        from solakube_core.model import Component

        return self._contributed("components", Component)

    def component_names(self) -> list[str]:
        """Return the names of all components, sorted."""
        return sorted(entry.name for entries in self.components().values() for entry in entries)

    def all_broken(self) -> tuple[PluginRecord, ...]:
        """Return the broken plugins after asking all of them for what they add, as nobody but a strict user does."""
        self.variables(), self.commands(), self.components()
        return self.broken

    def configure(
        self, component: str, settings: Settings, roots: tuple[Path, ...], site: Site
    ) -> Mapping[str, Configuration | SolakubeError]:
        """Collect what the plugins resolved and checked for a component, or why they could not."""
        from solakube_core.model import Configuration

        arguments = {"component": component, "settings": settings, "roots": roots, "site": site}
        return self._answers("configure", Configuration, arguments)

    def storage_class(self, request: StorageRequest, settings: Settings, offer: StorageOffer) -> StorageChoice:
        """Have the storage class of a request chosen. Who is marked `trylast` stands behind the others.

        Raises:
            SolakubeError: no installed plugin answers, or several do.
        """
        from solakube_core.model import StorageChoice

        arguments = {"request": request, "settings": settings, "offer": offer}
        answers = self._sound_answers("storage_class", StorageChoice, arguments)
        last = {found.plugin_name for found in self.implementations("storage_class") if found.trylast}
        first = {name: answer for name, answer in answers.items() if name not in last}
        choice = self.only(f"choose the storage class of {request.component}", first or answers)
        if choice is None:
            raise SolakubeError(
                f"no plugin chooses a storage class for {request.component}",
                self._why_unanswered(),
                "install the distribution solakube-storage; `sk plugins` shows what is loaded",
            )
        return choice

    def expose(
        self, component: str, settings: Settings, backend: Backend, site: Site
    ) -> Mapping[str, Exposure | SolakubeError]:
        """Collect every exposure that is offered, or why it could not be, by the plugin's name."""
        from solakube_core.model import Exposure

        arguments = {"component": component, "settings": settings, "backend": backend, "site": site}
        return self._answers("expose", Exposure, arguments)

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
            SolakubeError: no installed plugin deploys it, several do, or one answers with another component's plan.
        """
        from solakube_core.model import Plan

        arguments = {
            "component": component,
            "settings": settings,
            "roots": roots,
            "storage": storage,
            "exposure": exposure,
            "site": site,
        }
        plans = self._sound_answers("deploy", Plan, arguments)
        for name, plan in plans.items():
            if plan.component != component:
                cause = f"its answer for {component} is the plan of {plan.component}, not None"
                raise PluginFault(name, self.describe(name), "deploy", cause)
        if chosen := self.only(f"deploy {component}", plans):
            return chosen
        raise self.unknown_component(component)

    def observe(self, live: Manifest, site: Site) -> Observation | None:
        """Have it told how an object is doing; None for one of a kind that no plugin knows.

        Raises:
            SolakubeError: several plugins tell, or one fails.
        """
        from solakube_core.model import ObjectRef, Observation

        answers = self._sound_answers("observe", Observation, {"live": live, "site": site})
        return self.only(f"tell how {ObjectRef.of(live)} is doing", answers)

    def maintain(self, component: str, settings: Settings, site: Site) -> Maintenance | None:
        """Have a component's maintenance named; None for one without any.

        Raises:
            SolakubeError: several plugins maintain it.
        """
        from solakube_core.model import Maintenance

        arguments = {"component": component, "settings": settings, "site": site}
        return self.only(f"maintain {component}", self._sound_answers("maintain", Maintenance, arguments))

    def require_component(self, component: str) -> None:
        """Make sure that an installed plugin deploys a component: what is misspelt is not just "not deployed".

        Raises:
            SolakubeError: none does.
        """
        if component not in self.component_names():
            raise self.unknown_component(component)

    def unknown_component(self, component: str) -> SolakubeError:
        """Return the error for a component that nobody deploys."""
        names = self.component_names()
        # Imported here: few runs have a word that nobody knows.
        from difflib import get_close_matches

        nearest = get_close_matches(component, names, 1)
        return SolakubeError(
            f"no installed plugin deploys {component!r}",
            self._why_unanswered() or f"known components: {', '.join(names) or 'none'}",
            f"did you mean {nearest[0]}?"
            if nearest
            else "check the name, or install the plugin; `sk plugins` shows what is loaded",
        )

    def _why_unanswered(self) -> str:
        return "; ".join(f"plugin {record} is broken: {record.cause}" for record in self.broken)

    def _contributed(self, hook: str, kind: type[T]) -> dict[str, tuple[T, ...]]:
        """Return what each plugin adds to `sk`, asked once; one that fails in this is left out altogether."""
        answers: dict[str, tuple[T, ...]] = {}
        for found in self.implementations(hook):
            key = hook, found.plugin_name
            try:
                if key not in self._contributions:
                    self._contributions[key] = self._call(hook, found, GenericAlias(tuple, (kind, ...)), {}, tuple)
                answers[found.plugin_name] = self._contributions[key]
            except SolakubeError as error:
                self.causes.append(error)
                cause = error.cause if isinstance(error, PluginFault) else f"failed in {hook}: {error.problems[0].what}"
                self.leave_out(found.plugin_name, cause)
        return answers

    def _answers(self, hook: str, kind: type[T], arguments: Mapping[str, object]) -> dict[str, T | SolakubeError]:
        """Return each plugin's answer or failure by its name; those that answer None are left out."""
        answers: dict[str, T | SolakubeError] = {}
        for found in self.implementations(hook):
            try:
                answer = self._call(hook, found, kind | None, arguments)
            except SolakubeError as error:
                answer = error
            if answer is not None:
                answers[found.plugin_name] = answer
        return answers

    def _sound_answers(self, hook: str, kind: type[T], arguments: Mapping[str, object]) -> dict[str, T]:
        """Return each plugin's answer by its name.

        Raises:
            SolakubeError: any of them failed.
        """
        answers = self._answers(hook, kind, arguments)
        failures = [answer for answer in answers.values() if isinstance(answer, SolakubeError)]
        if len(failures) == 1:
            raise failures[0]
        if failures:
            raise SolakubeError.of(problem for failure in failures for problem in failure.problems)
        return {name: answer for name, answer in answers.items() if not isinstance(answer, SolakubeError)}

    def _call(
        self,
        hook: str,
        found: pluggy.HookImpl,
        kind: Any,
        arguments: Mapping[str, object],
        complete: Callable[[Any], Any] = lambda answer: answer,
    ) -> Any:
        """Call one implementation with the arguments that it takes; `complete` makes a tuple of an iterator."""
        plugin = self.describe(found.plugin_name)
        with blaming(found.plugin_name, plugin, hook):
            try:
                answer = complete(found.function(*(arguments[name] for name in found.argnames)))
            except SolakubeError as error:
                if "component" in arguments and found.plugin_name != self.deployer_of(str(arguments["component"])):
                    error.problems = tuple(_told_by(plugin, problem) for problem in error.problems)
                raise
            if wrong := misfit(answer, kind, "its answer"):
                raise TypeError(wrong)
            return answer


def _told_by(plugin: str, problem: Problem) -> Problem:
    """Say which plugin it is that has a problem, where that is not plain from the component's name."""
    return replace(problem, why="; ".join(filter(None, (problem.why, f"told by plugin {plugin}"))))
