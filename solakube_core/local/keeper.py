"""Who keeps the supervisor up: the user's systemd where one runs, nobody elsewhere."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from solakube_core.errors import SolakubeError
from solakube_core.local import systemd
from solakube_core.local.folders import Folders
from solakube_core.local.processes import alive, end, tell
from solakube_core.local.programs import own_environment
from solakube_core.local.records import PATIENCE, Mark, read_state, read_turns

_START_TIMEOUT = 10.0
_PAUSE = 0.02
_LINE_SHOWN = 300
# Its services get PATIENCE to end; then it ends itself.
_END_TIMEOUT = PATIENCE + 10.0


def supervisor(where: Folders) -> Mark | None:
    """Return the supervisor that works for a component; None when none does."""
    state = read_state(where.running)
    return state.supervisor if state and alive(state.supervisor) else None


@contextlib.contextmanager
def alone(where: Folders) -> Iterator[None]:
    """Keep other runs of `sk` from changing the same component meanwhile."""
    with where.state.joinpath("sk.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SolakubeError(
                f"another `sk` is changing {where.state.name} at this moment", "", "wait for its end, and try again"
            ) from None
        yield


def inform(where: Folders, unit: str, changed: bool) -> str:
    """Have a supervisor that follows the orders.

    Args:
        unit: name of the systemd unit.
        changed: the orders are new.

    Returns:
        What was done, in words; "" when there was nothing to do.
    """
    running = supervisor(where)
    if systemd.is_there():
        fresh = systemd.install(unit, command(where))
        if running is None or fresh:
            end(running, _END_TIMEOUT)
            systemd.start(unit)
            _await_start(where, running)
            return f"started by systemd as the user unit {unit}"
    elif running is None:
        _start_plain(where)
        _await_start(where, running)
        return "started as a process of its own, which does not survive a reboot (there is no systemd --user)"
    if changed:
        tell(running, signal.SIGHUP)
        return "told of the change"
    return ""


def dismiss(where: Folders, unit: str) -> None:
    """End the supervisor and all that it runs, also what a killed one left."""
    if systemd.is_installed(unit):
        systemd.remove(unit)
    state = read_state(where.running)
    if state:
        end(state.supervisor, _END_TIMEOUT)
        for running in state.jobs.values():
            end(running.process, PATIENCE)
    for turn in read_turns(where.turns).values():
        end(turn.process, PATIENCE)


def command(where: Folders) -> tuple[str, ...]:
    """Return the supervisor's command line."""
    return (sys.executable, "-m", "solakube_core.local.supervisor", str(where.state))


def _start_plain(where: Folders) -> None:
    with where.supervisor_log.open("ab") as log:
        process = subprocess.Popen(
            command(where), env=own_environment(), cwd="/", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    # It outlives us: there is nothing to wait for, and nothing to warn of.
    process.returncode = 0


def _await_start(where: Folders, before: Mark | None) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while (now := supervisor(where)) is None or now == before:
        if time.monotonic() > deadline:
            raise SolakubeError(
                "the supervisor did not start",
                last_lines(where.supervisor_log) or "it said nothing",
                f"its log is {where.supervisor_log}",
            )
        time.sleep(_PAUSE)


def last_lines(log: Path, count: int = 6) -> str:
    """Return the end of a log; "" when there is none."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, os.fstat(stream.fileno()).st_size - 8192))
            text = stream.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(line[:_LINE_SHOWN] for line in text.splitlines()[-count:])
