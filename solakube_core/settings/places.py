"""Where variables were set, told from the commands that were run."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import replace

from solakube_core.settings.origin import Origin

_DECLARING = re.compile(r"(?:builtin |command )?(?:export|declare|typeset|readonly|local)\s")
# What is quoted may look like an assignment and is none.
_QUOTED = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*\"""", re.DOTALL)
_ASSIGNED = re.compile(r"(?<![\w$])([A-Za-z_]\w*)\+?=")
_VALUELESS = re.compile(r"\s*cexport\s+([A-Za-z_]\w*)\s*")
_MENTIONED = re.compile(r"(?<![\w$])(?<!\$\{)([A-Za-z_]\w*)\b")


class Places:
    """The last place that set each variable, as far as commands tell.

    Three grades, since a command's text is not its effect: `export A=` sets A for sure; `A=` may stand
    before a command and hold for that alone; and a name that is merely mentioned may be set by `read`.
    """

    def __init__(self) -> None:
        self._certain: dict[str, Origin] = {}
        self._assigned: dict[str, Origin] = {}
        self._mentioned: dict[str, Origin] = {}
        self._valueless: dict[str, Origin] = {}
        self._previous = ""

    def note_command(self, file: str, line: str, command: str) -> None:
        """Take down a command before it is run.

        Args:
            file: where it stands.
            line: its line there.
            command: its text, before any expansion.
        """
        here = Origin.at(file, line)
        text = _QUOTED.sub("''", command)
        names = _ASSIGNED.findall(text)
        self._assigned.update(dict.fromkeys(names, here))
        if valueless := _VALUELESS.fullmatch(text):
            self._valueless[valueless[1]] = here
        if _DECLARING.match(text):
            self._certain.update(dict.fromkeys(names, here))
        if command != self._previous:
            # The shell tells of a function's call a second time, from the line where the function begins.
            self._mentioned.update(dict.fromkeys(_MENTIONED.findall(text), here))
        self._previous = command

    def note_export(self, file: str, line: str, name: str) -> None:
        """Take down an export that is known to have taken effect."""
        self._certain[name] = self._assigned[name] = Origin.at(file, line)

    def ineffective(self, exported: Container[str]) -> dict[str, Origin]:
        """Return where variables are assigned and not exported, or get no value, by name.

        Args:
            exported: names of those that have a value.
        """
        named = {**self._assigned, **self._valueless}
        return {name: replace(at, kind="ineffective") for name, at in named.items() if name not in exported}

    def origin(self, name: str, changed: bool) -> Origin | None:
        """Tell where a variable was set; None when no file did.

        Args:
            changed: its value differs from the one that the files started with.
        """
        if changed:
            return self._assigned.get(name) or self._mentioned.get(name)
        return self._certain.get(name)
