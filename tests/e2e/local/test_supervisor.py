"""The supervisor with real processes."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.local.machine.processes import alive, end, mark, tell
from solakube_core.local.state.recording import read_state, write_record
from solakube_core.local.state.records import EndSignal, Job, Running, State, SupervisorProgram, Wanted
from tests.e2e.support.waiting import PATIENCE

SLEEPER = Job("sleeper", ("sleep", "600"), {"PATH": "/usr/bin:/bin"}, (), ("sleep",), "sleep", (), "1")


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a supervisor in the test's folder with the given jobs; all of them are ended after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*jobs: Job) -> subprocess.Popen[bytes]:
        order(tmp_path, *jobs)
        command = [sys.executable, "-m", "solakube_core.local.supervisor", str(tmp_path)]
        with tmp_path.joinpath("said").open("ab") as said:
            started.append(subprocess.Popen(command, stderr=said))
        return started[-1]

    yield start
    for process in started:
        process.terminate()
        process.wait(PATIENCE)


def order(folder: Path, *jobs: Job) -> None:
    write_record(folder / "wanted.json", Wanted("test", "test/test", str(folder), jobs))


def running(folder: Path, name: str, other_than: Running | None = None) -> Running:
    """Wait until a job runs (as another process than before)."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        state = read_state(folder / "state.json")
        found = state.jobs.get(name) if state else None
        if found and alive(found.process) and (other_than is None or found.process != other_than.process):
            return found
        time.sleep(0.01)
    raise AssertionError(f"{name} does not run")


def test_a_job_that_is_killed_comes_back(supervised: Callable[..., object], tmp_path: Path) -> None:
    supervised(SLEEPER)
    first = running(tmp_path, "sleeper")
    tell(first.process, signal.SIGKILL)
    second = running(tmp_path, "sleeper", other_than=first)
    assert (second.restarts, second.ended) == (1, "ended by SIGKILL")


def test_new_orders_change_only_what_differs(
    supervised: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    kept, dropped = SLEEPER, replace(SLEEPER, name="dropped")
    changed = replace(SLEEPER, name="changed")
    supervisor = supervised(kept, dropped, changed)
    before = {job.name: running(tmp_path, job.name) for job in (kept, dropped, changed)}
    order(tmp_path, kept, replace(changed, fingerprint="2"))
    supervisor.send_signal(signal.SIGHUP)
    assert running(tmp_path, "changed", other_than=before["changed"]).fingerprint == "2"
    assert running(tmp_path, "sleeper") == before["sleeper"]
    assert not alive(before["dropped"].process)


def test_the_end_of_a_supervisor_is_that_of_its_jobs(
    supervised: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    supervisor = supervised(SLEEPER)
    job = running(tmp_path, "sleeper")
    supervisor.terminate()
    assert supervisor.wait(PATIENCE) == 0
    assert not alive(job.process)
    assert not tmp_path.joinpath("state.json").exists()


def test_without_orders_it_ends(supervised: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> None:
    supervisor = supervised(SLEEPER)
    job = running(tmp_path, "sleeper")
    tmp_path.joinpath("wanted.json").unlink()
    supervisor.send_signal(signal.SIGHUP)
    assert supervisor.wait(PATIENCE) == 0
    assert not alive(job.process)


def test_a_second_one_waits_and_takes_over(supervised: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> None:
    first = supervised(SLEEPER)
    job = running(tmp_path, "sleeper")
    second = supervised(SLEEPER)
    first.kill()
    first.wait()
    successor = running(tmp_path, "sleeper", other_than=job)
    assert not alive(job.process)
    state = read_state(tmp_path / "state.json")
    assert state is not None
    assert state.supervisor.pid == second.pid
    assert successor.restarts == 0


@pytest.mark.parametrize("ends_by", ["SIGTERM", "SIGUSR1"])
def test_what_a_killed_one_left_is_ended_first(
    ends_by: EndSignal, supervised: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    left = subprocess.Popen(["sleep", "600"])
    orphan = mark(left.pid)
    assert orphan is not None
    found = Running("1", orphan, 0.0)
    write_record(tmp_path / "state.json", State(replace(orphan, pid=1), {"sleeper": found}))
    supervised(replace(SLEEPER, ends_by=ends_by))
    running(tmp_path, "sleeper", other_than=found)
    assert left.wait(PATIENCE) == -signal.Signals[ends_by]


def test_a_job_that_is_wanted_no_more_gets_the_signal_that_it_ends_by(
    supervised: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    told = "trap 'echo let all end >&2; exit' USR1; while :; do sleep 0.01; done"
    supervisor = supervised(replace(SLEEPER, command=("sh", "-c", told), ends_by="SIGUSR1"))
    job = running(tmp_path, "sleeper")
    assert job.process
    # Its shell has set the trap before it begins to sleep.
    while not subprocess.run(["pgrep", "-P", str(job.process.pid)], capture_output=True, check=False).stdout:
        assert supervisor.poll() is None
    supervisor.terminate()
    supervisor.wait(PATIENCE)
    assert "let all end" in tmp_path.joinpath("sleeper.log").read_text()


def test_a_program_that_is_not_there_is_told(supervised: Callable[..., object], tmp_path: Path) -> None:
    supervised(replace(SLEEPER, command=("/no/such/program",)))
    deadline = time.monotonic() + PATIENCE
    while "could not be started" not in _ended(tmp_path, "sleeper"):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _ended(folder: Path, name: str) -> str:
    state = read_state(folder / "state.json")
    return state.jobs[name].ended if state and name in state.jobs else ""


def test_a_process_is_not_taken_for_a_later_one_of_its_number() -> None:
    process = subprocess.Popen(["sleep", "600"])
    right = mark(process.pid)
    assert right is not None
    wrong = replace(right, started="another time")
    assert not alive(wrong)
    assert not tell(wrong, signal.SIGKILL)
    end(wrong, 1)
    assert alive(right)
    end(right, PATIENCE)
    assert process.wait() == -signal.SIGTERM


def await_words(folder: Path, words: str) -> None:
    """Wait until the supervisor has said something."""
    deadline = time.monotonic() + PATIENCE
    while words not in folder.joinpath("said").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("orders", ["", "{", "[]", "{}"])
def test_orders_that_cannot_be_read_keep_what_runs(
    supervised: Callable[..., subprocess.Popen[bytes]], tmp_path: Path, orders: str
) -> None:
    supervisor = supervised(SLEEPER)
    before = running(tmp_path, "sleeper")
    tmp_path.joinpath("wanted.json").write_text(orders)
    supervisor.send_signal(signal.SIGHUP)
    await_words(tmp_path, "cannot be read")
    # It takes good ones after them.
    order(tmp_path, SLEEPER, replace(SLEEPER, name="second"))
    supervisor.send_signal(signal.SIGHUP)
    running(tmp_path, "second")
    assert running(tmp_path, "sleeper") == before


@pytest.mark.parametrize("command", [("/no/such/python",), ("false",), ("echo", "another version")])
def test_a_successor_that_cannot_be_started_changes_nothing(
    command: tuple[str, ...], supervised: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    supervisor = supervised(SLEEPER)
    before = running(tmp_path, "sleeper")
    successor = SupervisorProgram((*command, str(tmp_path)), "99")
    write_record(tmp_path / "wanted.json", Wanted("test", "test/test", str(tmp_path), (SLEEPER,), (), successor))
    supervisor.send_signal(signal.SIGHUP)
    await_words(tmp_path, "no supervisor of version 99 can be started")
    order(tmp_path, SLEEPER, replace(SLEEPER, name="second"))
    supervisor.send_signal(signal.SIGHUP)
    running(tmp_path, "second")
    assert running(tmp_path, "sleeper") == before


def test_a_state_that_cannot_be_read_keeps_nothing_down(supervised: Callable[..., object], tmp_path: Path) -> None:
    for name in ("state.json", "turns.json"):
        tmp_path.joinpath(name).write_text("{")
    supervised(SLEEPER)
    running_after = None
    deadline = time.monotonic() + PATIENCE
    while running_after is None and time.monotonic() < deadline:
        with contextlib.suppress(SolakubeError):
            running_after = running(tmp_path, "sleeper")
    assert running_after


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small file system")
def test_a_full_disk_ends_nothing(supervised: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(tmp_path)], check=True)
    try:
        # It goes on to write, so that its log shows when there is space again.
        talking = "head -c 6000000 /dev/zero; while :; do echo said; sleep 0.05; done"
        talker = replace(SLEEPER, name="talker", command=("sh", "-c", talking))
        supervisor = supervised(SLEEPER)
        before = running(tmp_path, "sleeper")
        order(tmp_path, SLEEPER, talker)
        with contextlib.suppress(OSError), tmp_path.joinpath("filler").open("wb") as filler:
            while True:
                filler.write(b"0" * 4096)
                filler.flush()
                if shutil.disk_usage(tmp_path).free < 5_400_000:
                    break
        supervisor.send_signal(signal.SIGHUP)
        running(tmp_path, "talker")
        log = tmp_path / "talker.log"
        deadline = time.monotonic() + PATIENCE
        while log.stat().st_size > 5_242_880 or not log.read_bytes().endswith(b"said\n"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        tmp_path.joinpath("filler").unlink()
        assert supervisor.poll() is None
        assert running(tmp_path, "sleeper") == before
        supervisor.terminate()
        supervisor.wait(PATIENCE)
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)
