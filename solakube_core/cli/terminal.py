"""Progress and questions on the terminal. Progress goes to standard error, results to standard output."""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import TYPE_CHECKING

import click

from solakube_core.errors import SolakubeError
from solakube_core.wording import shown

if TYPE_CHECKING:
    from rich.status import Status


class Terminal:
    """Implements `solakube_core.engine.Progress` for people: a spinner on a terminal, plain lines elsewhere.

    Attributes:
        is_live: whether somebody watches.
    """

    def __init__(self) -> None:
        self.is_live = sys.stderr.isatty()
        self._lock = threading.RLock()
        self._status: Status | None = None
        self._last = ""
        self._after = ""

    def changing(self, after: str = "running the command again picks up from here") -> None:
        """Note that from here on something is being changed.

        Args:
            after: what is true when the user stops it.
        """
        self._after = after

    def stopped(self) -> str:
        """Say what is true when the user has stopped the command."""
        self.quiet()
        return f"stopped; {self._after}" if self._after else "stopped"

    def say(self, line: str) -> None:
        """Print one line that stays."""
        with self._lock:
            self.quiet()
            _tell(line)

    def now(self, line: str) -> None:
        """Show what is being waited for."""
        with self._lock:
            if line == self._last:
                return
            self._last = line
            if self.is_live:
                self._spin(shown(line))
            else:
                _tell(f"... {line}")

    def quiet(self) -> None:
        """Take the spinner away."""
        with self._lock:
            self._last = ""
            if self._status is not None:
                self._status.stop()
                self._status = None

    @property
    def has_reader(self) -> bool:
        """Whether somebody is there to be asked."""
        return sys.stdin.isatty()

    def confirm(self, question: str, yes: bool) -> None:
        """Go on only with the user's consent.

        Args:
            question: such as "Go on?".
            yes: consent was given on the command line.

        Raises:
            SolakubeError: the user said no, or there is nobody to ask.
        """
        self.quiet()
        if yes:
            return
        before, self._after = self._after, "nothing was changed"
        click.echo(f"{question} [y/N]: ", nl=False, err=True)
        answer = sys.stdin.readline()
        self._after = before
        if answer.strip().lower() in ("y", "yes"):
            return
        if answer:
            raise SolakubeError("nothing was changed", "the answer was no")
        click.echo(err=True)
        raise SolakubeError("nothing was changed", "there is nobody to ask", "give --yes, or --dry-run to look only")

    def _spin(self, line: str) -> None:
        # rich costs 30 ms to import and is wanted only where somebody watches for longer than that.
        from rich.console import Console
        from rich.markup import escape

        if self._status is None:
            self._status = Console(stderr=True).status(escape(line))
            self._status.start()
        else:
            self._status.update(escape(line))


def _tell(line: str) -> None:
    # A deployment does not end because its progress cannot be shown.
    with contextlib.suppress(OSError):
        click.echo(shown(line), err=True)
