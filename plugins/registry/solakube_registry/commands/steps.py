"""What a command does step by step: printed as it comes for people, in one piece for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

import click

from solakube_core.plugin import TABLE, Listing, show


class Steps:
    """Takes what was done; where it ends with an error, programs get that alone, and people what was done before.

    Args:
        output: how to print.
        name: makes the name of a step.
        around: what else there is to say, in JSON and YAML beside the steps.
    """

    def __init__(self, output: str, name: Callable[[Mapping[str, Any]], str], **around: Any) -> None:
        self._output, self._name, self._around = output, name, around
        self._done: list[Mapping[str, Any]] = []

    def take(self, step: Mapping[str, Any], told: str) -> None:
        """Take one step, with the line that tells of it."""
        self._done.append(step)
        if self._output == TABLE:
            click.echo(told)
        else:
            click.echo(told, err=True)

    def __enter__(self) -> Steps:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and self._output != TABLE:
            show(Listing(self._done, self._name, around=self._around), self._output)
