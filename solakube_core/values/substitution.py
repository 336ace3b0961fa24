"""`${NAME}` in values files, replaced inside parsed scalars."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from solakube_core.errors import Problem

_REFERENCE = re.compile(r"\$(?:\$|\{(\w+)\}|(\w+))")
_ALONE = re.compile(r"\$(?:\{\w+\}|\w+)")


def is_reference(value: object) -> bool:
    """Whether a node is a plain scalar that consists of one reference and nothing else."""
    # Only a plain scalar has the type str itself; quoted ones are of ruamel's own subtypes.
    return type(value) is str and _ALONE.fullmatch(value) is not None


class Substitution:
    """Replaces references in a parsed file.

    A value is put in after parsing, so none can break the file's syntax or add keys to it.

    Attributes:
        problems: undefined names that were met, with file and line.
    """

    def __init__(self, names: Mapping[str, str], file: Path, parse: Callable[[str], Any]) -> None:
        """Make a substitution.

        Args:
            names: values by name; an empty one counts as undefined.
            file: for the messages.
            parse: reads a scalar as YAML does.
        """
        self._names, self._file, self._parse = names, file, parse
        self.problems: list[Problem] = []

    def replaced(self, value: Any, line: int = 1) -> Any:
        """Return plain maps, lists and scalars with all references replaced.

        Args:
            value: a node of ruamel.yaml's round-trip loader.
            line: the line it stands at, from 1.
        """
        if isinstance(value, Mapping):
            places: Any = value
            return {str(key): self.replaced(item, places.lc.value(key)[0] + 1) for key, item in value.items()}
        if isinstance(value, list):
            items: Any = value
            return [self.replaced(item, items.lc.item(index)[0] + 1) for index, item in enumerate(value)]
        return self._scalar(value, line) if isinstance(value, str) else value

    def _scalar(self, text: str, line: int) -> Any:
        replaced = _REFERENCE.sub(lambda match: self._value(match, line), str(text))
        if is_reference(text):
            parsed = self._parse(replaced)
            return parsed if isinstance(parsed, bool | int | float) else replaced
        return replaced

    def _value(self, match: re.Match[str], line: int) -> str:
        name = match[1] or match[2]
        if name is None:
            return "$"
        if not self._names.get(name):
            self.problems.append(
                Problem(
                    f"{self._file}:{line}: ${{{name}}} is not defined",
                    "an undefined name would silently become nothing",
                    f"set {name}, or write $$ for a plain dollar sign",
                )
            )
        return self._names.get(name, "")
