"""Declared defaults, which may refer to other variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from solakube_core.settings.variable import Variable

_REFERENCE = re.compile(r"\$\{(\w+)\}")


class Defaults:
    """The defaults of all declared variables. Of two declarations for one name the first holds."""

    def __init__(self, variables: Iterable[Variable]) -> None:
        self._texts = {entry.name: entry.default for entry in reversed(tuple(variables)) if entry.default}

    def of_unset(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return the defaults of those variables that are not set, references replaced.

        A variable whose default refers to one that is still unset stays unset, too.
        """
        found: dict[str, str] = {}
        progress = True
        while progress:
            # Again for as long as a default makes another one possible: they may refer to each other.
            progress = False
            for name, text in self._texts.items():
                if not (values.get(name) or found.get(name)) and (value := _replaced(text, {**values, **found})):
                    found[name], progress = value, True
        return found

    def missing(self, name: str, values: Mapping[str, str]) -> tuple[str, ...]:
        """Name the variables that a default needs and that are not set."""
        return tuple(part for part in _REFERENCE.findall(self._texts.get(name, "")) if not values.get(part))


def _replaced(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its references replaced, "" when one of them is not set."""
    if not all(values.get(name) for name in _REFERENCE.findall(text)):
        return ""
    return _REFERENCE.sub(lambda match: values[match[1]], text)
