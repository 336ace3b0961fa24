"""Progress and questions on the terminal. Progress goes to standard error, results to standard output."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.status import Status


class Terminal:
    """Implements `solakube_core.engine.Progress` for people: a spinner on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._status: Status | None = None
        self._last = ""

    def say(self, line: str) -> None:
        """Print one line that stays."""
        self.quiet()
        click.echo(line, err=True)

    def now(self, line: str) -> None:
        """Show what is being waited for."""
        if line == self._last:
            return
        self._last = line
        if self._live:
            self._spin(line)
        else:
            click.echo(f"... {line}", err=True)

    def quiet(self) -> None:
        """Take the spinner away."""
        self._last = ""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def confirm(self, question: str, yes: bool) -> None:
        """Go on only with the user's consent.

        Args:
            yes: consent was given on the command line.

        Raises:
            click.Abort: the user said no, or there is nobody to ask.
        """
        self.quiet()
        if not yes:
            click.confirm(question, abort=True, err=True)

    def _spin(self, line: str) -> None:
        # rich costs 30 ms to import and is wanted only where somebody watches for longer than that.
        from rich.console import Console
        from rich.markup import escape

        if self._status is None:
            self._status = Console(stderr=True).status(escape(line))
            self._status.start()
        else:
            self._status.update(escape(line))
