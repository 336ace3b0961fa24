"""What a test does in a child of its own process, which may be killed at any moment."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable


def exit_code(action: Callable[[], int | None]) -> int:
    """Do something in a child, whose standard output goes nowhere, and wait for its end.

    A fork of what is imported already: an interpreter of its own would take a hundred times as long to begin.

    Returns:
        What the action gave (0 for None), 1 where it raised, or the number of the signal that ended it, negative.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            code = action() or 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
