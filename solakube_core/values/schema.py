"""Which keys a values file may have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Union

from solakube_core.errors import Problem
from solakube_core.values.substitution import is_reference

Schema = Mapping[str, Union["Schema", type]]
"""Keys and what stands below them: another schema for a map with known keys, or the type of the value:
`dict` and `list` with any content, `str`, `int`, `bool`, or `object` for anything."""

_WORDS = {dict: "a map", list: "a list", str: "a text", int: "a whole number", bool: "true or false"}


def check(values: Any, schema: Schema, file: Path) -> Iterator[Problem]:
    """Yield what is wrong with the keys and types of a parsed file.

    Args:
        values: as ruamel.yaml's round-trip loader gives it: maps know the lines of their keys.
        schema: what may be there.
        file: for the messages.
    """
    if values is None:
        return
    if not isinstance(values, Mapping):
        yield Problem(f"{file}: the file is {_kind(values)}, not a map", "", "write keys and values")
        return
    yield from _check_map(values, schema, file, ())


def _check_map(values: Any, schema: Schema, file: Path, path: tuple[str, ...]) -> Iterator[Problem]:
    for key, value in values.items():
        place = f"{file}:{values.lc.key(key)[0] + 1}"
        here = (*path, str(key))
        name = ".".join(here)
        below = schema.get(str(key))
        if below is None:
            yield _unknown(place, name, str(key), schema)
        elif value is None:
            continue
        elif isinstance(below, type):
            if not _fits(value, below):
                yield Problem(f"{place}: {name} is {_kind(value)}, not {_WORDS[below]}")
        elif isinstance(value, Mapping):
            yield from _check_map(value, below, file, here)
        else:
            yield Problem(f"{place}: {name} is {_kind(value)}, not a map")


def _unknown(place: str, name: str, key: str, schema: Schema) -> Problem:
    near = get_close_matches(key, schema, 1)
    return Problem(
        f"{place}: unknown key {name}" + (f"; did you mean {near[0]}?" if near else ""),
        f"known here: {', '.join(sorted(schema))}",
        "correct or remove it",
    )


def _fits(value: object, wanted: type) -> bool:
    if wanted is object or (wanted in (int, bool) and is_reference(value)):
        # What stands for the reference is not known yet; it is read as YAML once it is.
        return True
    if wanted is str:
        # A version tag such as 3.1 is a number to YAML, and meant as a text all the same.
        return isinstance(value, str | int | float)
    if isinstance(value, bool) and wanted is int:
        return False
    return isinstance(value, Mapping if wanted is dict else wanted)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return _WORDS[bool]
    for kind, words in _WORDS.items():
        if isinstance(value, kind):
            return words
    return "a number"
