"""Plugins as the entry points of installed distributions announce them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, distributions
from typing import Literal

GROUP = "solakube"


@dataclass(frozen=True)
class PluginRecord:
    """One plugin and what became of it.

    Attributes:
        name: of the entry point.
        distribution: the distribution that brought it, such as "solakube-registry".
        version: of that distribution.
        state: "loaded", "broken" (left out, `cause` says why) or "blocked" (by the user).
        cause: why it is broken.
        hooks: names of the hooks it answers.
    """

    name: str
    distribution: str
    version: str
    state: Literal["loaded", "broken", "blocked"]
    cause: str = ""
    hooks: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version})"


@dataclass(frozen=True)
class Announced:
    """A plugin that is installed but not imported yet."""

    name: str
    distribution: str
    version: str
    load: Callable[[], object]

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version})"


def installed_plugins() -> Iterator[Announced]:
    """Yield every entry point of the group `solakube`, sorted by name so that runs are alike."""
    seen: set[tuple[str, str]] = set()
    for announced in sorted(_announcements(), key=lambda plugin: (plugin.name, plugin.distribution)):
        # A checkout on sys.path lists a distribution twice: by its own metadata and by the installed one.
        if (announced.name, announced.distribution) not in seen:
            seen.add((announced.name, announced.distribution))
            yield announced


def _announcements() -> Iterator[Announced]:
    for distribution in distributions():
        points: Iterable[EntryPoint] = distribution.entry_points
        for point in points:
            if point.group == GROUP:
                # One that lost its METADATA, as after an installation that was cut short, has neither.
                name, version = distribution.metadata["Name"] or "unknown", distribution.version or "unknown"
                yield Announced(point.name, name, version, point.load)
