"""A `Progress` for tests of engines."""

from __future__ import annotations


class Heard:
    """A `Progress` that remembers what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.shown: list[str] = []

    def say(self, line: str) -> None:
        self.said.append(line)

    def now(self, line: str) -> None:
        self.shown.append(line)
