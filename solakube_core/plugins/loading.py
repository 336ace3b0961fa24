"""The plugins that work, and what became of the others."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from threading import Timer
from typing import Any, TypeVar

import pluggy

from solakube_core import hooks
from solakube_core.errors import SolakubeError
from solakube_core.markers import PROJECT
from solakube_core.plugins.discovery import Announced, PluginRecord
from solakube_core.plugins.faults import in_words

T = TypeVar("T")

SLOW = 3.0
"""Seconds after which the user is told which plugin is being imported."""


class LoadedPlugins:
    """Imports plugins, keeps those that work and remembers why the others do not.

    Attributes:
        causes: what was raised by those that are broken.
    """

    def __init__(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """Hold no plugin yet.

        Args:
            tell: is given one line for each plugin that is left out, and for one that is slow to import.
        """
        self._pluggy = pluggy.PluginManager(PROJECT)
        self._pluggy.add_hookspecs(hooks)
        self._records: dict[str, PluginRecord] = {}
        self._tell = tell
        self.causes: list[BaseException] = []

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
            # A program may be reading what `sk` prints; what a module says when it is imported is none of that.
            with self.watched(plugin.name, str(plugin)), redirect_stdout(sys.stderr):
                module = plugin.load()
            self.register(module, plugin.name)
        except KeyboardInterrupt:
            raise
        except BaseException as cause:
            # Third-party code: whatever it raises must not keep the other plugins from working.
            self.causes.append(cause)
            self._record(plugin, "broken", in_words(cause))
        else:
            self._record(plugin, "loaded")

    @contextmanager
    def watched(self, name: str, what: str) -> Iterator[None]:
        """Say which plugin it is that `sk` waits for, where that takes long or the user gives up.

        Args:
            name: the plugin's.
            what: is being imported: it with its distribution and version, and the command that is its.
        """
        watch = Timer(SLOW, self._tell, (f"plugin {what} takes long to import",))
        watch.daemon = True
        watch.start()
        try:
            yield
        except KeyboardInterrupt:
            self._tell(f"plugin {what} was being imported; `sk --no-plugin {name} ...` leaves it out")
            raise
        finally:
            watch.cancel()

    def register(self, plugin: object, name: str) -> None:
        """Register one plugin object under a name.

        Raises:
            pluggy.PluginValidationError: an implementation names a hook or an argument that does not exist, or is a
                wrapper.
        """
        try:
            self._pluggy.register(plugin, name)
            # A misspelt hook is accepted by register() and found only here.
            self._pluggy.check_pending()
            self._refuse_wrappers(plugin)
        except Exception:
            # register() is not atomic: without this the plugin would stay registered with half its hooks.
            if self._pluggy.has_plugin(name):
                self._pluggy.unregister(name=name)
            raise

    def _refuse_wrappers(self, plugin: object) -> None:
        """Refuse what wraps other plugins' answers: each plugin answers for itself, and its faults are its own."""
        for caller in self._pluggy.get_hookcallers(plugin) or ():
            if any(found.plugin is plugin and (found.wrapper or found.hookwrapper) for found in caller.get_hookimpls()):
                raise pluggy.PluginValidationError(plugin, f"{caller.name} is a wrapper; answer the hook instead")

    def leave_out(self, name: str, cause: str) -> None:
        """Go on without a plugin that is registered."""
        self._pluggy.unregister(name=name)
        if name in self._records:
            self._note(name, self._records[name]._replace(state="broken", cause=cause, hooks=()))

    def _record(self, plugin: Announced, state: Any, cause: str = "") -> None:
        answered = tuple(self._hooks_of(plugin.name)) if state == "loaded" else ()
        key = plugin.name if plugin.name not in self._records else f"{plugin.name}@{plugin.distribution}"
        self._note(key, PluginRecord(plugin.name, plugin.distribution, plugin.version, state, cause, answered))

    def _note(self, key: str, record: PluginRecord) -> None:
        self._records[key] = record
        if record.state == "broken":
            self._tell(f"warning: plugin {record} is broken and left out: {record.cause}")

    def _hooks_of(self, name: str) -> Iterator[str]:
        callers = self._pluggy.get_hookcallers(self._pluggy.get_plugin(name)) or []
        yield from sorted(caller.name for caller in callers)

    def implementations(self, hook: str) -> Iterator[pluggy.HookImpl]:
        """Yield the implementations of a hook, in the order of the plugins' names."""
        yield from sorted(getattr(self._pluggy.hook, hook).get_hookimpls(), key=lambda found: found.plugin_name)

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

    def only(self, task: str, found: Mapping[str, T]) -> T | None:
        """Return the only one of the answers to a question, None where there is none.

        Args:
            task: what the plugins want to do, for the error.
            found: answer by the plugin's name.

        Raises:
            SolakubeError: there are several: it names all plugins.
        """
        if len(found) > 1:
            raise SolakubeError(
                f"{len(found)} plugins want to {task}",
                " and ".join(self.describe(name) for name in sorted(found)),
                f"uninstall all but one, or leave them out: `sk --no-plugin {max(found)} ...`",
            )
        return next(iter(found.values()), None)
