"""When the supervisor runs what is on a schedule, by a clock of the test."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from solakube_core.local.machine.processes import alive, mark
from solakube_core.local.state.recording import read_turns, write_turns
from solakube_core.local.state.records import TURNS, Timed, Turn
from solakube_core.local.supervise.timetable import Timetable, next_time

NIGHTLY = Timed("nightly", "30 3 * * *", ("sh", "-c", "cat; echo"), {"PATH": "/usr/bin:/bin"}, "given")
SLOW = replace(NIGHTLY, command=("sleep", "60"))


class Clock:
    """Tells the time that a test has set, in the machine's time zone."""

    def __init__(self) -> None:
        self.now = 0.0
        self.set("2027-01-01 12:00")

    def set(self, moment: str) -> None:
        self.now = datetime.fromisoformat(moment).timestamp()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Night:
    """A timetable whose programs leave one line in their log each time."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder, self._clock = folder, clock
        self.again()

    def again(self, *timed: Timed) -> None:
        """Begin anew, as a supervisor does that was started again."""
        self.table = Timetable(self.folder, self._clock)
        self.table.take(timed or (NIGHTLY,))

    def at(self, moment: str) -> int:
        """Let it work at a time until nothing runs; returns how often the program ran so far."""
        self._clock.set(moment)
        for _ in range(3000):
            self.table.step()
            if all(turn.process is None for turn in self.turns().values()):
                break
            time.sleep(0.01)
        log = self.folder / "nightly.log"
        return log.read_text().count("given\n") if log.exists() else 0

    def turns(self) -> dict[str, Turn]:
        return read_turns(self.folder / TURNS)


@pytest.fixture
def night(tmp_path: Path, clock: Clock) -> Iterator[Night]:
    made = Night(tmp_path, clock)
    yield made
    made.table.end()


def test_it_runs_when_it_is_due_and_not_before(night: Night) -> None:
    assert night.at("2027-01-02 03:29:59") == 0
    assert night.at("2027-01-02 03:30") == 1
    assert night.at("2027-01-02 03:31") == 1
    assert night.at("2027-01-03 03:30") == 2
    turn = night.turns()["nightly"]
    assert turn.failure == ""
    assert f"{datetime.fromtimestamp(next_time(turn)):%Y-%m-%d %H:%M}" == "2027-01-04 03:30"


def test_times_that_were_missed_are_made_up_once(night: Night) -> None:
    assert night.at("2027-01-02 03:30") == 1
    night.again()
    assert night.at("2027-01-09 09:00") == 2
    assert night.at("2027-01-09 09:01") == 2
    assert night.at("2027-01-10 03:30") == 3


def test_new_times_begin_to_count_when_they_are_set(night: Night) -> None:
    assert night.at("2027-01-02 12:00") == 1
    night.again(replace(NIGHTLY, cron="0 9 * * *"))
    assert night.at("2027-01-02 12:01") == 1
    assert night.at("2027-01-03 09:00") == 2


def test_a_clock_that_is_set_back_delays_nothing(night: Night) -> None:
    assert night.at("2028-01-01 03:30") == 1
    assert night.at("2027-01-02 03:29") == 1
    assert night.at("2027-01-02 03:30") == 2


def test_a_clock_that_is_set_back_is_noted_at_once(night: Night, clock: Clock) -> None:
    clock.set("2030-01-01 12:00")
    night.again()
    night.at("2030-01-02 04:00")
    clock.set("2027-01-01 12:00")
    night.table.step()
    assert night.turns()["nightly"].since == clock.now


@pytest.mark.parametrize("since", ["1e20", "-1e20", "NaN", "Infinity", '"yesterday"', "null", "[]", "4000000000"])
def test_a_moment_that_cannot_be_is_now(night: Night, clock: Clock, since: str) -> None:
    night.at("2027-01-01 12:01")
    file = night.folder / TURNS
    file.write_text(re.sub(r'"since": [^,]*', f'"since": {since}', file.read_text()))
    night.again()
    assert night.turns()["nightly"].since == clock.now
    assert night.at("2027-01-02 03:31") == 1


def test_how_it_failed_is_kept_until_it_succeeds(night: Night) -> None:
    night.again(replace(NIGHTLY, command=("sh", "-c", "exit 3")))
    night.at("2027-01-02 03:30")
    assert night.turns()["nightly"].failure == "it ended with exit code 3"
    night.again(replace(NIGHTLY, command=("/no/such/program",)))
    night.at("2027-01-03 03:30")
    assert "it could not be started" in night.turns()["nightly"].failure
    night.again(NIGHTLY)
    assert night.at("2027-01-04 03:30") == 1
    assert night.turns()["nightly"].failure == ""


def test_two_do_not_run_at_once_and_nothing_is_made_up_for_the_time_of_a_run(night: Night, clock: Clock) -> None:
    slow = replace(SLOW, name="slow", cron="* * * * *")
    night.again(slow, replace(slow, name="other"))
    clock.set("2027-01-01 12:01")
    night.table.step()
    night.table.step()
    assert [name for name, turn in night.turns().items() if turn.process] == ["slow"]
    clock.set("2027-01-01 12:05:30")
    night.table.end()
    assert f"{datetime.fromtimestamp(next_time(night.turns()['slow'])):%H:%M}" == "12:06"


def test_what_a_killed_supervisor_left_is_ended_and_told(night: Night, clock: Clock) -> None:
    told = subprocess.run(
        ["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"], capture_output=True, text=True, check=True
    )
    left = mark(int(told.stdout))
    clock.set("2027-01-02 03:30")
    began = clock.now
    write_turns(night.folder / TURNS, {"nightly": Turn(NIGHTLY.cron, began, left, began)})
    assert alive(left)
    night.again()
    assert not alive(left)
    assert "interrupted" in night.turns()["nightly"].failure
    assert night.at("2027-01-02 03:31") == 0


def test_what_this_very_process_left_goes_on(night: Night, clock: Clock, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "end")
    waiting = replace(NIGHTLY, command=("sh", "-c", f"cat; echo; read word <{tmp_path}/end; exit 3"))
    night.again(waiting)
    clock.set("2027-01-02 03:30")
    night.table.step()
    before, left = night.table, night.turns()["nightly"].process
    night.again(waiting)
    assert night.turns()["nightly"].process == left
    (tmp_path / "end").write_text("now\n")
    assert night.at("2027-01-02 03:31") == 1
    assert night.turns()["nightly"].failure == "it ended with exit code 3"
    before.end()


def test_orders_without_it_end_it(night: Night, clock: Clock) -> None:
    night.again(SLOW)
    clock.set("2027-01-02 03:30")
    night.table.step()
    running = night.turns()["nightly"].process
    night.table.take(())
    assert not alive(running)
    assert night.turns() == {}
