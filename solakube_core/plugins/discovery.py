"""Plugins as the entry points of installed distributions announce them.

Read from the folders in which pip puts what it knows of a distribution, as the Core metadata and Entry points
specifications of PyPA describe them. `importlib.metadata` reads the same, and takes a third of the time of `sk --help`
to be imported: it brings the parser of mails, and that of archives.
"""

from __future__ import annotations

import functools
import importlib
import operator
import os
import sys
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

GROUP = "solakube"

_METADATA = {".dist-info": "METADATA", ".egg-info": "PKG-INFO"}
"""Endings of the folders, each with the file that has the distribution's name and version."""


class PluginRecord(NamedTuple):
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


class Announced(NamedTuple):
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
    for place in dict.fromkeys(sys.path):
        for folder, metadata in _distributions(place or os.curdir):
            for name, target in _entry_points(_text(f"{folder}/entry_points.txt")):
                # One that lost its METADATA, as after an installation that was cut short, has neither.
                known = dict(_head(_text(f"{folder}/{metadata}")))
                load = functools.partial(_loaded, target)
                yield Announced(name, known.get("name", "unknown"), known.get("version", "unknown"), load)


def _distributions(place: str) -> Iterator[tuple[str, str]]:
    """Give each distribution's folder, and the name of its metadata's file; archives on sys.path have none of ours."""
    try:
        with os.scandir(place) as entries:
            names = [entry.name for entry in entries]
    except OSError:
        return
    for name in names:
        if metadata := _METADATA.get(f".{name.rpartition('.')[2]}"):
            yield f"{place}/{name}", metadata


def _text(file: str) -> str:
    # No `Path`: of a hundred distributions, one or two are plugins.
    try:
        with open(file, encoding="utf-8", errors="replace") as opened:  # noqa: PTH123
            return opened.read()
    except OSError:
        return ""


def _entry_points(text: str) -> Iterator[tuple[str, str]]:
    """Give names and targets of our group."""
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[]")
        elif group == GROUP and "=" in line and not line.startswith(("#", ";")):
            name, _, target = line.partition("=")
            # What stands in brackets behind it are extras, long out of use.
            yield name.strip(), target.partition("[")[0].strip()


def _head(text: str) -> Iterator[tuple[str, str]]:
    """Give the fields of metadata by their names in small letters; a blank line ends them."""
    for line in text.splitlines():
        if not line.strip():
            return
        name, _, value = line.partition(":")
        yield name.lower(), value.strip()


def _loaded(target: str) -> object:
    module, _, attribute = target.partition(":")
    found: object = importlib.import_module(module.strip())
    return operator.attrgetter(attribute.strip())(found) if attribute.strip() else found
