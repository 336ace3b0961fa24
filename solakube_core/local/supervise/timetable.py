"""What the supervisor runs at set times, one at a time: started when due, and once for all times that were missed."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from solakube_core.cron import following
from solakube_core.local.machine.processes import Process, end, inherited, mark
from solakube_core.local.state.recording import read_turns, readable, write_turns
from solakube_core.local.state.records import PATIENCE, TURNS, Timed, Turn
from solakube_core.local.supervise.child import ending, rotate, spawn

_INTERRUPTED = "it was interrupted by the supervisor's end"


def next_time(turn: Turn) -> float:
    """Return when a timed program is due next, or has been due, in seconds since the epoch."""
    return following(turn.cron, datetime.fromtimestamp(turn.since)).timestamp()


class Timetable:
    """Runs timed programs. Call `step` often: nothing happens in between.

    Args:
        folder: of the supervisor's records and logs.
        clock: tells the seconds since the epoch.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._clock = folder, clock
        self._timed: dict[str, Timed] = {}
        self._turns: dict[str, Turn] = {}
        self._due: dict[str, float] = {}
        self._current: tuple[Timed, Process] | None = None

    def take(self, timed: Iterable[Timed]) -> None:
        """Follow new orders; what runs and is in them no longer ends."""
        wanted = {entry.name: entry for entry in timed}
        if self._current and wanted.get(self._current[0].name) != self._current[0]:
            self.end()
        known = self._turns or self._left_over(wanted)
        self._timed, self._turns, self._due = wanted, {}, {}
        for name, entry in wanted.items():
            self._set(name, _adopted(known.get(name), entry.cron, self._clock()))
        if self._turns or known:
            self._write()

    def step(self) -> None:
        """Notice an end, and start what is due."""
        if self._current:
            self._notice_end(*self._current)
        if self._current is None:
            now = self._clock()
            # A clock that was set back must not keep everything waiting until it has caught up.
            ahead = [name for name, turn in self._turns.items() if turn.since > now]
            for name in ahead:
                self._set(name, replace(self._turns[name], since=now))
            if ahead:
                self._write()
            due = [name for name in self._timed if self._due[name] <= now]
            if due:
                self._start(self._timed[due[0]], now)

    def end(self) -> None:
        """End what runs."""
        if self._current:
            timed, process = self._current
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self._note_end(timed.name, _INTERRUPTED)

    def _left_over(self, wanted: Mapping[str, Timed]) -> dict[str, Turn]:
        """Read what an earlier supervisor told, and end what it left; what this very process left goes on."""
        # Of what cannot be read the times count from here on.
        turns = readable(read_turns, self._folder / TURNS) or {}
        for name, turn in turns.items():
            ours = inherited(turn.process)
            if ours and name in wanted:
                self._current = (wanted[name], ours)
            elif turn.process is not None:
                end(turn.process, PATIENCE)
                turns[name] = replace(turn, process=None, ended=turn.began, failure=_INTERRUPTED)
        return turns

    def _start(self, timed: Timed, now: float) -> None:
        log = self._folder / f"{timed.name}.log"
        rotate(log)
        turn = replace(self._turns[timed.name], since=now, began=now)
        try:
            process = spawn(timed.command, timed.environment, log, timed.stdin)
        except OSError as error:
            self._set(timed.name, replace(turn, ended=now, failure=f"it could not be started: {error}"))
        else:
            self._current = (timed, process)
            self._set(timed.name, replace(turn, process=mark(process.pid)))
            if self._turns[timed.name].process is None:
                # It has ended already: else it would look as if it had not begun.
                process.wait()
                self._notice_end(timed, process)
        self._write()

    def _notice_end(self, timed: Timed, process: Process) -> None:
        code = process.poll()
        if code is not None:
            self._note_end(timed.name, f"it {ending(code)}" if code else "")

    def _note_end(self, name: str, failure: str) -> None:
        self._current = None
        now = self._clock()
        # Times that passed while it ran are not made up.
        self._set(name, replace(self._turns[name], process=None, since=now, ended=now, failure=failure))
        self._write()

    def _set(self, name: str, turn: Turn) -> None:
        self._turns[name], self._due[name] = turn, next_time(turn)

    def _write(self) -> None:
        # On a full disk the times are kept in memory: the next change writes all of them.
        with contextlib.suppress(OSError):
            write_turns(self._folder / TURNS, self._turns)


def _adopted(known: Turn | None, cron: str, now: float) -> Turn:
    """Go on with what is known of a program; new times begin to count now, and so do those of no moment so far."""
    if known is None:
        return Turn(cron, now)
    return known if known.cron == cron and 0 <= known.since <= now else replace(known, cron=cron, since=now)
