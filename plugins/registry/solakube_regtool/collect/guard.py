"""A second process that mends at once what ours leaves behind when it is killed."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator

_DONE = b"done"


@contextlib.contextmanager
def guarded(rescue: Callable[[], object], harmless: tuple[type[BaseException], ...] = ()) -> Iterator[None]:
    """Have `rescue` called in a process of its own if the context does not end well, or ours dies in it, however.

    Take locks inside the context: the other process would hold those that were taken before.

    Args:
        rescue: may raise; nobody hears of it.
        harmless: what may end the context before it has done anything, so that there is nothing to rescue.
    """
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(theirs)
        _watch(ours, rescue)
    os.close(ours)
    try:
        yield
        os.write(theirs, _DONE)
    except harmless:
        os.write(theirs, _DONE)
        raise
    finally:
        # A second signal may have ended what the first one had begun: without the word the other process does it.
        os.close(theirs)
        os.waitpid(child, 0)


def _watch(pipe: int, rescue: Callable[[], object]) -> None:
    """Wait for the other process's word or death; never returns."""
    try:
        # Whoever ends a terminal or process group means the other process; whoever reads its output waits for us, too.
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        if os.read(pipe, len(_DONE)) != _DONE:
            rescue()
    finally:
        os._exit(0)
