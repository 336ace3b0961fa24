"""What every test gets, wherever the tests were started."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Heed Ctrl-C in what the tests start: a shell that runs the tests in the background has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
