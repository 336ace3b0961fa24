"""Nothing is waited for in silence: what takes longer than people wait without wondering is named."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from solakube_core.cli.terminal import Terminal

SILENCE = 3.0
"""Seconds after which it is said what is being waited for."""

_AGAIN = 60.0
"""Seconds after which it is said again where nobody watches, so that no log fills."""


class Patience:
    """Says on the terminal what is being waited for while the context lasts.

    Args:
        terminal: where to say it.
        what: what is being waited for; `note` replaces it.
        silence: seconds before the first word.
    """

    def __init__(self, terminal: Terminal, what: str, silence: float = SILENCE) -> None:
        self._terminal, self._silence = terminal, silence
        self._what = what
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def note(self, what: str) -> None:
        """Take what is being waited for from here on; it is told when its time comes."""
        self._what = what

    def progress(self, what: str) -> None:
        """Take what is going on, and show it at once to somebody who watches."""
        self.note(what)
        if self._terminal.is_live:
            self._terminal.now(what)

    def __enter__(self) -> Patience:
        self._begun = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._terminal.quiet()

    def _watch(self) -> None:
        pause = self._silence
        while not self._over.wait(pause):
            self._terminal.now(f"{self._what} ({time.monotonic() - self._begun:.0f} s)")
            pause = 1.0 if self._terminal.is_live else _AGAIN
