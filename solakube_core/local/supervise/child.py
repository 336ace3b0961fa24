"""One job of the supervisor: started, watched, started again with growing pauses. Standard library only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from solakube_core.local.machine.processes import Process, inherited, mark
from solakube_core.local.state.records import Job, Running

LOG_LIMIT = 5 * 1024 * 1024
"""Bytes of a log; then it becomes the old one, of which there is one."""

_STABLE_AFTER = 10.0
_PAUSES = (0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 30.0)
_CLEANUP_TIMEOUT = 30.0
_PR_SET_PDEATHSIG = 1


class Child:
    """Keeps one job up. Call `step` often: nothing happens in between.

    Args:
        job: what to keep up.
        log: what it writes is appended there.
        running: how it was doing when this process became another program; None where it is to be started.
    """

    def __init__(self, job: Job, log: Path, running: Running | None = None) -> None:
        self.job = job
        self.running = running or Running(job.fingerprint, None, 0.0)
        self._log = log
        self._process: Process | None = inherited(self.running.process)
        self._next_start = 0.0
        # A clock may be set while it runs; of what another program started it is all that there is.
        self._started = time.monotonic() - max(0.0, time.time() - self.running.since)

    def step(self) -> None:
        """Notice an end, start what is due, keep the log within its bounds."""
        if self._process is not None and (code := self._process.poll()) is not None:
            self._note_end(code)
        if self._process is None and time.monotonic() >= self._next_start:
            self._start()
        rotate(self._log)

    def ask_to_end(self) -> None:
        """Tell the process to finish."""
        if self._process is not None:
            self._process.send_signal(signal.Signals[self.job.ends_by])

    def await_end(self, deadline: float) -> None:
        """Wait for the end until a time of `time.monotonic`, then enforce it."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self.running = replace(self.running, process=None)

    def _start(self) -> None:
        self._clean_up()
        try:
            at_our_end = signal.Signals[self.job.ends_by]
            self._process = spawn(self.job.command, self.job.environment, self._log, at_our_end=at_our_end)
        except OSError as error:
            self._note_failure(f"could not be started: {error}")
            return
        self._started = time.monotonic()
        self.running = replace(self.running, process=mark(self._process.pid), since=time.time())

    def _clean_up(self) -> None:
        if self.job.cleanup:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(
                    self.job.cleanup, env=dict(self.job.environment), timeout=_CLEANUP_TIMEOUT,
                    stdin=subprocess.DEVNULL, capture_output=True, check=False,
                )  # fmt: skip

    def _note_end(self, code: int) -> None:
        self._process = None
        ended = ending(code)
        if time.monotonic() - self._started > _STABLE_AFTER:
            self.running = replace(self.running, failures=0)
        self._note_failure(ended)

    def _note_failure(self, ended: str) -> None:
        now = self.running
        self.running = replace(now, process=None, restarts=now.restarts + 1, failures=now.failures + 1, ended=ended)
        self._next_start = time.monotonic() + _PAUSES[min(now.failures, len(_PAUSES) - 1)]


def spawn(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    stdin: str = "",
    at_our_end: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process that ends with the supervisor.

    Args:
        command: with its arguments.
        environment: all of it.
        log: what it writes is appended there.
        stdin: its standard input.
        at_our_end: the signal that it gets then.

    Raises:
        OSError: it cannot be started.
    """
    with log.open("ab") as output, tempfile.TemporaryFile() as given:
        given.write(stdin.encode())
        given.seek(0)
        return subprocess.Popen(
            command, env=dict(environment), cwd="/", start_new_session=True,
            stdin=given, stdout=output, stderr=output, preexec_fn=_dying_with(os.getpid(), at_our_end),
        )  # fmt: skip


def ending(code: int) -> str:
    """Say how a process ended."""
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _dying_with(parent: int, number: signal.Signals) -> Callable[[], None] | None:
    """Return what a new process does so that it ends with its parent, however that ends; None where none can."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def die_with_parent() -> None:
        prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return die_with_parent


def rotate(log: Path) -> None:
    """Copy and empty a log that grew too long: the process goes on to append to the same file.

    Where there is no space for the copy, the log is emptied all the same: it must not hold what the disk lacks.
    """
    with contextlib.suppress(OSError):
        if log.stat().st_size > LOG_LIMIT:
            old = log.with_name(log.name + ".1")
            try:
                shutil.copyfile(log, old)
            except OSError:
                old.unlink(missing_ok=True)
            os.truncate(log, 0)
