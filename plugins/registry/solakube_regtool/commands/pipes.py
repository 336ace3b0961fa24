"""Standard input and output as a stream of a backup, whose other side may vanish without a word.

Who runs a program in a pod and goes away leaves it behind: what reads its output keeps the pipe open, and nobody
empties it any more. So a read or a write that takes too long ends the process, and with it the lease that it holds.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator

from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import digests

STALL = 120.0
"""Seconds that a read or a write may take."""

_PIECE = 1 << 20


@contextlib.contextmanager
def not_stalling() -> Iterator[None]:
    """End this process, by SIGALRM, when what is done meanwhile takes too long."""
    signal.setitimer(signal.ITIMER_REAL, STALL)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def send(data: bytes) -> None:
    """Write to standard output, at once."""
    with not_stalling():
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


class Input:
    """Standard input."""

    def readline(self) -> bytes:
        """Read a line; the rest of one, or nothing, at the end."""
        with not_stalling():
            return sys.stdin.buffer.readline()

    def read(self, size: int) -> bytes:
        """Read so many bytes; fewer at the end."""
        with not_stalling():
            return sys.stdin.buffer.read(size)

    def skip(self) -> None:
        """Read all that is left, and drop it."""
        while self.read(_PIECE):
            pass


def read_digests() -> set[bytes]:
    """Read the digests that standard input has, one a line, to its end.

    Raises:
        RegtoolError: there is something else.
    """
    try:
        return {digests.parse(text.decode("ascii").strip()) for text in iter(Input().readline, b"") if text.strip()}
    except ValueError as error:
        raise RegtoolError("standard input has something else than digests", str(error)) from error
