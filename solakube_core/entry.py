"""Where `sk` begins: Ctrl-C is heeded before the commands are imported, which takes most of a short command's time."""

from __future__ import annotations

import gc
import os
import signal
from types import FrameType

_NEW_OBJECTS = 50_000
"""More than `sk --help` makes; some 10 MB."""


def main() -> None:
    """Run `sk`."""
    # Nearly all that a command makes is modules, which last as long as it does: what finds rings of objects that nobody
    # holds looks after so many new ones, not after each 700.
    gc.set_threshold(_NEW_OBJECTS)
    # Whoever could write to a folder above them could put other orders for the supervisor in the place of ours.
    os.umask((os.umask(0o077) | 0o022) & 0o077)
    # Who starts it in the background, as a shell's `&` does, does not want it to heed Ctrl-C.
    heeded = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
    if heeded:
        signal.signal(signal.SIGINT, _leave)
    from solakube_core.cli.main import main as run

    try:
        if heeded:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        run()
    except KeyboardInterrupt:
        _leave()
    finally:
        if heeded:
            # What is left to do is the interpreter's.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        # The modules go with the process: to take them apart first would be a sixth of the time of `sk --help`.
        gc.freeze()


def _leave(_number: int = 0, _frame: FrameType | None = None) -> None:
    # While modules are imported an exception would end up as a traceback.
    os.write(2, b"stopped\n")
    os._exit(130)
