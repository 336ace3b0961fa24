"""Whether a value that a record holds is one that can stand there: a disk, or a hand, may have changed it.

Standard library only, and without `typing`'s look at annotations, which takes longer than all the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_LAST_MOMENT = 253402300799.0
"""The last second of the year 9999, behind which there is no date."""
_HIGHEST_PORT = 65535


def fits(value: object, annotation: str) -> bool:
    """Tell whether a value is of a field's type, as `dataclasses.Field.type` has it where annotations are postponed."""
    return _CHECKS[annotation](value)


def _is_text(value: object) -> bool:
    """Tell whether it is text that the system can be given: a path, a word of a command."""
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        value.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_moment(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _LAST_MOMENT


def _are_words(value: object) -> bool:
    return isinstance(value, tuple) and all(map(_is_text, value))


def _are_ports(value: object) -> bool:
    return isinstance(value, tuple) and all(_is_count(port) and 0 < port <= _HIGHEST_PORT for port in value)


def _is_environment(value: object) -> bool:
    return isinstance(value, Mapping) and all(map(_is_text, (*value, *value.values())))


def _is_made(_value: object) -> bool:
    # By the reader of that part, which has looked at it.
    return True


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "str": _is_text,
    "int": _is_count,
    "float": _is_moment,
    "bool": lambda value: isinstance(value, bool),
    "EndSignal": lambda value: value in ("SIGTERM", "SIGUSR1"),
    "tuple[str, ...]": _are_words,
    "tuple[int, ...]": _are_ports,
    "Mapping[str, str]": _is_environment,
    **dict.fromkeys(("tuple[Job, ...]", "tuple[Timed, ...]", "SupervisorProgram | None"), _is_made),
    **dict.fromkeys(("Mark", "Mark | None", "Mapping[str, Running]"), _is_made),
}
"""By the types that fields of records have: one that is not here makes every reader fail."""
