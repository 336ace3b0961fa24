"""Who keeps the supervisor up: the user's systemd where one runs, nobody elsewhere."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from solakube_core.errors import SolakubeError
from solakube_core.local.data.folders import Folders
from solakube_core.local.keep import systemd
from solakube_core.local.machine.processes import alive, end, tell, working_for
from solakube_core.local.machine.programs import own_environment
from solakube_core.local.state.recording import (
    in_first_format,
    read_state,
    read_turns,
    read_wanted,
    readable,
    write_in_first_format,
    write_record,
)
from solakube_core.local.state.records import PATIENCE, Mark, State, Wanted
from solakube_core.local.supervise.succession import MODULE, own_version, program

_START_TIMEOUT = 60.0
_PAUSE = 0.02
_LINE_SHOWN = 300
# Its services get PATIENCE to end; then it ends itself.
_END_TIMEOUT = PATIENCE + 10.0


def supervisor(where: Folders) -> Mark | None:
    """Return the supervisor that works for a component; None when none does."""
    state = at_work(where)
    return state.supervisor if state else None


def at_work(where: Folders) -> State | None:
    """Return what the supervisor tells that works for a component; None when none does."""
    state = read_state(where.running)
    return state if state and alive(state.supervisor) else None


@contextlib.contextmanager
def alone(where: Folders) -> Iterator[None]:
    """Keep other runs of `sk` from changing the same component meanwhile.

    Raises:
        SolakubeError: another one does, or nobody can be kept from it there.
    """
    busy = SolakubeError(
        f"another `sk` is changing {where.state.name} at this moment", "", "wait for its end, and try again"
    )
    try:
        lock = where.lock.open("w")
    except FileNotFoundError:
        # The folder goes, which was there a moment ago.
        raise busy from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise busy from None
        except OSError as error:
            raise SolakubeError(
                f"{where.state} lies where no files can be locked",
                error.strerror or "",
                "two runs of sk would be in each other's way: name a folder on a local disk by XDG_STATE_HOME",
            ) from None
        # One that was removed meanwhile with all of the state locks nothing.
        if not os.fstat(lock.fileno()).st_nlink:
            raise busy
        yield


def follow(where: Folders, unit: str, wanted: Wanted) -> str:
    """Have a supervisor that follows these orders; one of another version is replaced, and what it runs goes on.

    Args:
        unit: name of the systemd unit.

    Returns:
        What was done, in words; "" when there was nothing to do.
    """
    before, state = read_wanted(where.wanted), at_work(where)
    if state and not state.version:
        if before and _can_stay(before, wanted):
            return _follow_in_first_format(where, state, before, wanted)
        end(state.supervisor, _END_TIMEOUT)
        state = None
    if before != wanted:
        write_record(where.wanted, wanted)
    known = systemd.is_installed(unit)
    if systemd.is_there():
        systemd.install(unit, program(where.state).command)
        if state is None or not known:
            end(state.supervisor if state else None, _END_TIMEOUT)
            systemd.start(unit)
            _await_start(where, state)
            return f"started by systemd as the user unit {unit}"
    elif state is None:
        _start_plain(where)
        _await_start(where, state)
        return (
            "started as a process of its own, since there is no systemd --user; "
            f"after a reboot `sk deploy {wanted.component}` starts it, by cron: @reboot"
        )
    if before == wanted and state.version == own_version():
        return ""
    tell(state.supervisor, signal.SIGHUP)
    if state.version == own_version():
        return "told of the change"
    _await_version(where)
    return f"replaced by version {own_version()}; what it runs went on"


def _can_stay(before: Wanted, wanted: Wanted) -> bool:
    """Tell whether a supervisor that cannot become another one may go on: what users reach would else be restarted."""
    same = before.data == wanted.data and before.jobs[:1] == wanted.jobs[:1]
    return same and in_first_format(wanted) == replace(wanted, supervisor=None)


def _follow_in_first_format(where: Folders, state: State, before: Wanted, wanted: Wanted) -> str:
    stays = f"of an earlier version, it stays until {wanted.component} itself has to be restarted"
    if in_first_format(before) == in_first_format(wanted):
        return stays
    write_in_first_format(where.wanted, wanted)
    tell(state.supervisor, signal.SIGHUP)
    return f"told of the change; {stays}"


def dismiss(where: Folders, unit: str) -> None:
    """End the supervisor and all that it runs, also what a killed one left, and whatever can be read of it."""
    if systemd.is_installed(unit):
        systemd.remove(unit)
    state = readable(read_state, where.running)
    end(state.supervisor if state else working_for(MODULE, str(where.state)), _END_TIMEOUT)
    for running in state.jobs.values() if state else ():
        end(running.process, PATIENCE)
    for turn in (readable(read_turns, where.turns) or {}).values():
        end(turn.process, PATIENCE)


def _start_plain(where: Folders) -> None:
    with where.supervisor_log.open("ab") as log:
        process = subprocess.Popen(
            program(where.state).command, env=own_environment(), cwd="/", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    # It outlives us: there is nothing to wait for, and nothing to warn of.
    process.returncode = 0


def _await_start(where: Folders, before: State | None) -> None:
    earlier = before.supervisor if before else None
    _await(lambda: supervisor(where) not in (None, earlier), where, "the supervisor did not start")


def _await_version(where: Folders) -> None:
    version = own_version()
    _await(
        lambda: (state := at_work(where)) is not None and state.version == version,
        where,
        f"the supervisor did not become that of version {version}; what it runs goes on",
    )


def _await(holds: Callable[[], bool], where: Folders, otherwise: str) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while not holds():
        if time.monotonic() > deadline:
            said = last_lines(where.supervisor_log) or "it said nothing"
            raise SolakubeError(otherwise, said, f"its log is {where.supervisor_log}")
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
