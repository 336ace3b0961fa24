"""Keeps the services of one component up: `python -m solakube_core.local.supervisor STATE_FOLDER`.

Standard library only, but for the reader of schedules. It reads its orders from `wanted.json` in that folder, again at
SIGHUP, and writes `state.json`, `turns.json` and one log for each service and schedule. SIGTERM and SIGINT end it and
all that it runs, and so does a missing `wanted.json`.
One at a time works in a folder: the others wait for its lock.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import FrameType

from solakube_core.errors import SolakubeError
from solakube_core.local.child import Child
from solakube_core.local.processes import end, mark
from solakube_core.local.records import PATIENCE, STATE, WANTED, State, read_state, read_wanted, write_record
from solakube_core.local.timetable import Timetable

LOCK = "supervisor.lock"

_TICK = 0.5


class Supervisor:
    """Runs what the folder's orders say until it is told to end."""

    def __init__(self, folder: Path) -> None:
        own = mark(os.getpid())
        assert own is not None
        self._folder, self._own = folder, own
        self._children: dict[str, Child] = {}
        self._timetable = Timetable(folder)
        self._written: State | None = None
        self._reload, self._over = True, False
        self._wakeup = _wakeup_pipe()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        # Without a handler a child's end would not wake the loop.
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> None:
        """Work until the end."""
        self._end_orphans()
        while not self._over:
            if self._reload:
                self._reload = False
                self._take_orders()
            for child in self._children.values():
                child.step()
            self._timetable.step()
            self._write_state()
            self._sleep()
        self._timetable.end()
        self._end(list(self._children))
        self._folder.joinpath(STATE).unlink(missing_ok=True)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._reload = True
        else:
            self._over = True

    def _end_orphans(self) -> None:
        """End what a killed supervisor left: it holds ports and files that the new processes need.

        That may take its time; meanwhile the state tells who is at work, and still what has to be ended.
        """
        left = _left_state(self._folder / STATE)
        jobs = {name: replace(running, fingerprint="") for name, running in left.jobs.items()} if left else {}
        self._tell(State(self._own, jobs))
        for running in jobs.values():
            end(running.process, PATIENCE)

    def _take_orders(self) -> None:
        """Start, replace and end jobs so that what runs is what is wanted. Unreadable orders change nothing."""
        try:
            wanted = read_wanted(self._folder / WANTED)
        except SolakubeError as error:
            print(error, file=sys.stderr, flush=True)
            return
        self._over = self._over or wanted is None
        jobs = {job.name: job for job in wanted.jobs} if wanted else {}
        kept = {name for name, child in self._children.items() if child.job == jobs.get(name)}
        self._end([name for name in self._children if name not in kept])
        for name, job in jobs.items():
            if name not in kept:
                self._children[name] = Child(job, self._folder / f"{name}.log")
        self._timetable.take(wanted.timed if wanted else ())

    def _end(self, names: list[str]) -> None:
        doomed = [self._children.pop(name) for name in names]
        for child in doomed:
            child.ask_to_end()
        deadline = time.monotonic() + PATIENCE
        for child in doomed:
            child.await_end(deadline)

    def _write_state(self) -> None:
        state = State(self._own, {name: child.running for name, child in self._children.items()})
        if state != self._written and self._tell(state):
            self._written = state

    def _tell(self, state: State) -> bool:
        """Write the state down, or tell that there is no space for it: it is tried again, and the services go on."""
        try:
            write_record(self._folder / STATE, state)
        except OSError:
            return False
        return True

    def _sleep(self) -> None:
        """Sleep for a moment, or until a signal comes."""
        if select.select([self._wakeup], [], [], _TICK)[0]:
            os.read(self._wakeup, 4096)


def _left_state(file: Path) -> State | None:
    """Read what an earlier supervisor told; None also when it cannot be read, which must not keep the services down."""
    try:
        return read_state(file)
    except SolakubeError:
        return None


def _wakeup_pipe() -> int:
    """Return a descriptor that becomes readable at every signal."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    return reading


def main(folder: Path) -> None:
    """Supervise in the foreground, alone in this folder."""
    with folder.joinpath(LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        Supervisor(folder).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
