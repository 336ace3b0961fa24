"""The logs of a component on this machine."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from solakube_core.engine import LogQuery
from solakube_core.errors import SolakubeError

_LOG, _BEFORE = ".log", ".log.1"
_PAUSE = 0.3


def lines(state: Path, component: str, query: LogQuery) -> Iterator[str]:
    """Give lines of a log.

    Args:
        state: the folder of the component's state.
        component: whose own log is meant where the query names none.
        query: which lines.

    Raises:
        SolakubeError: there is no such log.
    """
    name = query.of or component
    file = state / f"{name}{_BEFORE if query.previous else _LOG}"
    if "/" in name or not file.is_file():
        there = sorted(entry.name.removesuffix(_LOG) for entry in state.glob(f"*{_LOG}"))
        what = f"there is no log of {name}" + (" before the last one" if query.previous else "")
        raise SolakubeError(what, f"there are logs of: {', '.join(there)}", "name one of them: --of NAME")
    return _read(file, query)


def _read(file: Path, query: LogQuery) -> Iterator[str]:
    with file.open(encoding="utf-8", errors="backslashreplace") as log:
        yield from (line.rstrip("\n") for line in (deque(log, min(query.lines, sys.maxsize)) if query.lines else log))
        while query.follow:
            if line := log.readline():
                yield line.rstrip("\n")
            elif file.stat().st_size < log.tell():
                # It was put away, and begins anew.
                log.seek(0)
            else:
                time.sleep(_PAUSE)
