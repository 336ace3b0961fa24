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

    Raises:
        ValueError: the name is no word, or begins as an option does.
    """

    name: str
    help: str
    target: str

    def __post_init__(self) -> None:
        if self.name.split() != [self.name] or self.name.startswith("-"):
            raise ValueError(f"{self.name!r} cannot be a command's name: it is one word, as `sk` takes it")
