"""What a plugin declares of a setting that it reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from solakube_core.errors import Problem
from solakube_core.quantity import parse_quantity

VariableType = Literal["string", "integer", "count", "boolean", "quantity", "list", "dns-name", "cron", "duration"]

YES = frozenset({"y", "yes", "true", "1"})
NO = frozenset({"n", "no", "false", "0"})

# RFC 1123, section 2.1, as Kubernetes takes it for names of hosts and objects.
_DNS_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_DNS_NAME = re.compile(rf"(?=.{{1,253}}\Z){_DNS_LABEL}(\.{_DNS_LABEL})*")
_PLACE = re.compile(r"<[A-Z]+>")
_DURATION = re.compile(r"0|\d+(\.\d+)?(ms|s|m|h|d|w)", re.ASCII)


def variable_of(component: str, setting: str) -> str:
    """Return the name of a component's variable, such as MY_CACHE_DATA_DIR for "my-cache": no shell knows a dash."""
    return f"{component.upper().replace('-', '_')}_{setting}"


@dataclass(frozen=True)
class Variable:
    """A setting.

    Attributes:
        name: in upper case, beginning with the component's name. One with a part in angle brackets, such as
            CACHE_<USER>_PASSWORD, stands for a family of variables, of which none has a default.
        default: its value when it is not set; "${OTHER}" in it stands for another variable, and when that
            one is not set either, neither is this. None: there is no default.
        help: what it means, in one line.
        type: what its text must look like.
        secret: never shown.
        choices: the words it may be; empty for any.

    Raises:
        ValueError: there is no such type.
    """

    name: str
    default: str | None
    help: str
    type: VariableType = "string"
    secret: bool = False
    choices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.type not in _CHECKS:
            raise ValueError(f"{self.name} has the type {self.type!r}; there are: {', '.join(_CHECKS)}")

    def covers(self, name: str) -> bool:
        """Tell whether a variable is this one, or one of this family."""
        parts = map(re.escape, _PLACE.split(self.name))
        return re.fullmatch("[A-Z0-9_]+".join(parts), name) is not None

    def problem(self, value: str) -> Problem | None:
        """Tell why a value does not fit, None when it does. A secret's value is not repeated."""
        expected = self._expected(value)
        if expected is None:
            return None
        shown = "its value" if self.secret else repr(value)
        why = "; ".join(filter(None, (self.help, _cron_fault(value) if self.type == "cron" else "")))
        return Problem(f"{self.name}: {shown} is not {expected}", why, f"set {self.name} to {expected}")

    def _expected(self, value: str) -> str | None:
        if not is_text(value):
            return "UTF-8 text"
        if self.choices and value not in self.choices:
            return f"one of {', '.join(self.choices)}"
        fits, words = _CHECKS[self.type]
        return None if fits(value) else words


def _is_quantity(value: str) -> bool:
    try:
        return parse_quantity(value) > 0
    except ValueError:
        return False


def _cron_fault(value: str) -> str:
    # Imported here: only few settings are schedules.
    from solakube_core.cron import fault

    return fault(value)


_CHECKS: Mapping[VariableType, tuple[Callable[[str], bool], str]] = {
    "string": (lambda _: True, "a text"),
    "list": (lambda _: True, "a list separated by commas"),
    "integer": (lambda value: re.fullmatch(r"-?\d+", value, re.ASCII) is not None, "a whole number"),
    "count": (lambda value: re.fullmatch(r"0*[1-9]\d*", value, re.ASCII) is not None, "a whole number from 1 on"),
    "boolean": (lambda value: value.lower() in YES | NO, "Y or N"),
    "quantity": (_is_quantity, "a Kubernetes quantity such as 10Gi"),
    "dns-name": (lambda value: _DNS_NAME.fullmatch(value) is not None, "a DNS name in lower case"),
    "cron": (lambda value: not _cron_fault(value), "a cron schedule such as '30 3 * * *'"),
    "duration": (lambda value: _DURATION.fullmatch(value) is not None, "a duration such as 30s, 12h or 90d"),
}


def is_text(value: str) -> bool:
    """Tell whether a value can be written down: Python keeps bytes that are no UTF-8 as surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in value)
