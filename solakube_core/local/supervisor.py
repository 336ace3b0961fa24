"""Keeps the services of one component up: `python -m solakube_core.local.supervisor STATE_FOLDER`.

Standard library only, but for the reader of schedules. It reads its orders from `wanted.json` in that folder, again at
SIGHUP, and writes `state.json`, `turns.json` and one log for each service and schedule. SIGTERM and SIGINT end it and
all that it runs, and so does a missing `wanted.json`.
One at a time works in a folder: the others wait for its lock. Where the orders name a supervisor of another version, it
becomes that one, as the same process with the same children.
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
from solakube_core.local.machine.processes import end, inherited, mark
from solakube_core.local.state.recording import read_state, read_supervisor, read_wanted, readable, write_record
from solakube_core.local.state.records import PATIENCE, STATE, WANTED, Job, Running, State, SupervisorProgram
from solakube_core.local.supervise.child import Child
from solakube_core.local.supervise.holding import Hold, say
from solakube_core.local.supervise.succession import SIGNALS, become, own_version, works
from solakube_core.local.supervise.timetable import Timetable

LOCK = "supervisor.lock"

_TICK = 0.5


class Supervisor:
    """Runs what the folder's orders say until it is told to end.

    Args:
        folder: of the orders.
        lock: descriptor of the folder's lock.
    """

    def __init__(self, folder: Path, lock: int) -> None:
        own = mark(os.getpid())
        assert own is not None
        self._folder, self._lock, self._own = folder, lock, own
        self._children: dict[str, Child] = {}
        self._left: dict[str, Running] = {}
        self._successor: SupervisorProgram | None = None
        self._hold = Hold(folder)
        self._timetable = Timetable(folder)
        self._written: State | None = None
        self._reload, self._over = True, False
        self._wakeup = _wakeup_pipe()
        for number in SIGNALS:
            signal.signal(number, self._on_signal)
        # Without a handler a child's end would not wake the loop.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # A supervisor that became this one held them back.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def run(self) -> None:
        """Work until the end."""
        self._take_over()
        while not self._over:
            if self._reload:
                self._reload = False
                self._take_orders()
            for child in self._children.values():
                child.step()
            self._timetable.step()
            self._write_state()
            if self._successor and self._written == self._state():
                self._give_way(self._successor)
            self._sleep()
        self._timetable.end()
        self._end(list(self._children))
        self._folder.joinpath(STATE).unlink(missing_ok=True)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._reload = True
        else:
            self._over = True

    def _take_over(self) -> None:
        """Go on with what this very process ran as another program, and end what a killed supervisor left.

        What was left holds ports and files that the new processes need. Ending it may take its time; meanwhile the
        state tells who is at work, and still what has to be ended.
        """
        # What cannot be read must not keep the services down.
        left = readable(read_state, self._folder / STATE)
        jobs = left.jobs if left else {}
        self._left = {name: running for name, running in jobs.items() if inherited(running.process)}
        orphans = {name: replace(jobs[name], fingerprint="") for name in jobs if name not in self._left}
        self._tell(State(self._own, {**self._left, **orphans}, own_version()))
        wanted = readable(read_wanted, self._folder / WANTED)
        ends_by = {job.name: job.ends_by for job in wanted.jobs} if wanted else {}
        for name, running in orphans.items():
            end(running.process, PATIENCE, ends_by.get(name, "SIGTERM"))

    def _take_orders(self) -> None:
        """Start, replace and end jobs so that what runs is what is wanted.

        Orders that cannot be read change nothing, and those whose data is not to be had nothing yet.
        """
        named = read_supervisor(self._folder / WANTED)
        self._successor = named if named and named.version != own_version() else None
        try:
            wanted = read_wanted(self._folder / WANTED)
        except SolakubeError as error:
            say(str(error))
            return
        if wanted and not self._hold.take(Path(wanted.data)):
            # Whatever is in the way may go: a disk may be mounted later.
            self._reload = True
            return
        self._over = self._over or wanted is None
        jobs = {job.name: job for job in wanted.jobs} if wanted else {}
        kept = {name for name, child in self._children.items() if child.job == jobs.get(name)}
        self._end([name for name in self._children if name not in kept])
        for name, job in jobs.items():
            if name not in kept:
                self._children[name] = self._child(job)
        for running in self._left.values():
            end(running.process, PATIENCE)
            # Asked once more, it does not stay as a zombie.
            inherited(running.process)
        self._left = {}
        self._timetable.take(wanted.timed if wanted else ())

    def _child(self, job: Job) -> Child:
        """Take up a job; what already runs as it is wanted goes on."""
        log, left = self._folder / f"{job.name}.log", self._left.get(job.name)
        if left and left.fingerprint == job.fingerprint:
            return Child(job, log, self._left.pop(job.name))
        return Child(job, log)

    def _give_way(self, successor: SupervisorProgram) -> None:
        """Become another supervisor, unless it cannot be started: then this one goes on."""
        self._successor = None
        why = works(successor)
        if not why:
            try:
                become(successor, self._lock)
            except OSError as error:
                why = str(error)
        say(f"no supervisor of version {successor.version} can be started: {why}")

    def _end(self, names: list[str]) -> None:
        doomed = [self._children.pop(name) for name in names]
        for child in doomed:
            child.ask_to_end()
        deadline = time.monotonic() + PATIENCE
        for child in doomed:
            child.await_end(deadline)

    def _write_state(self) -> None:
        state = self._state()
        if state != self._written and self._tell(state):
            self._written = state

    def _state(self) -> State:
        jobs = {name: child.running for name, child in self._children.items()}
        return State(self._own, {**self._left, **jobs}, own_version())

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


def _wakeup_pipe() -> int:
    """Return a descriptor that becomes readable at every signal."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    return reading


def main(folder: str, lock: str = "") -> None:
    """Supervise in the foreground, alone in this folder.

    Args:
        folder: of the orders; "--version" to tell the version instead.
        lock: "--lock=N" of a supervisor that became this one: descriptor N has the lock.
    """
    if folder == "--version":
        print(own_version())
        return
    held = int(lock.partition("=")[2]) if lock else os.open(Path(folder, LOCK), os.O_WRONLY | os.O_CREAT, 0o600)
    os.set_inheritable(held, False)
    fcntl.flock(held, fcntl.LOCK_EX)
    Supervisor(Path(folder), held).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
