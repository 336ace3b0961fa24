"""Commands that plugins add to `sk`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A click command that is imported only when it is used.

    Attributes:
        name: the word after `sk`.
        help: one line for `sk --help`.
        target: "package.module:object", the click command or group.
    """

    name: str
    help: str
    target: str
