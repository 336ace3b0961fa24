"""Where `sk` begins: Ctrl-C is heeded before the commands are imported, which takes most of a short command's time."""

from __future__ import annotations

import os
import signal
from types import FrameType


def main() -> None:
    """Run `sk`."""
    signal.signal(signal.SIGINT, _leave)
    from solakube_core.cli.main import main as run

    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        run()
    except KeyboardInterrupt:
        _leave()
    finally:
        # What is left to do is the interpreter's.
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _leave(_number: int = 0, _frame: FrameType | None = None) -> None:
    # While modules are imported an exception would end up as a traceback.
    os.write(2, b"stopped\n")
    os._exit(130)
