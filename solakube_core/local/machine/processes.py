"""Processes by number and start, since numbers are used again. Standard library only."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Protocol

from solakube_core.local.state.records import EndSignal, Mark

_PROC = Path("/proc")
_BOOT = _PROC / "sys/kernel/random/boot_id"
_PAUSE = 0.05


class Process(Protocol):
    """A child process, as `subprocess.Popen` has it."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None:
        """Return its exit code, None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code once it has ended; raises `subprocess.TimeoutExpired`."""

    def send_signal(self, number: int, /) -> None:
        """Send it a signal, unless it has ended."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it by force."""


class Inherited:
    """A child of this process that was started before the process became another program (execve(2))."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return its exit code, None while it runs.

        Raises:
            ChildProcessError: it is no child of this process.
        """
        if self.returncode is None and (status := os.waitpid(self.pid, os.WNOHANG))[0]:
            self.returncode = os.waitstatus_to_exitcode(status[1])
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code once it has ended."""
        deadline = time.monotonic() + timeout if timeout is not None else float("inf")
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(_PAUSE)
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it by force."""
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int, /) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def inherited(process: Mark | None) -> Inherited | None:
    """Return a process as a child of this one; None where it is none."""
    if process is None:
        return None
    child = Inherited(process.pid)
    try:
        child.poll()
    except ChildProcessError:
        return None
    return child


def mark(pid: int) -> Mark | None:
    """Return the mark of a running process, None when there is none; a zombie has ended."""
    started = _started(pid)
    return Mark(pid, started) if started else None


def alive(process: Mark | None) -> bool:
    """Tell whether this very process still runs."""
    return process is not None and mark(process.pid) == process


def tell(process: Mark | None, number: signal.Signals) -> bool:
    """Send a signal; False when the process has ended."""
    if process is None or not alive(process):
        return False
    try:
        os.kill(process.pid, number)
    except ProcessLookupError:
        return False
    return True


def end(process: Mark | None, patience: float, by: EndSignal = "SIGTERM") -> None:
    """End a process and wait for it: politely, and after `patience` seconds by force."""
    if tell(process, signal.Signals[by]) and not _gone(process, patience):
        tell(process, signal.SIGKILL)
        _gone(process, patience)


def working_for(module: str, argument: str) -> Mark | None:
    """Return the Python process that runs a module with that first argument; None where none does.

    On Linux that is certain: what merely names both in one of its words, such as a shell, is another program.
    """
    for pid in _pids():
        if pid != os.getpid() and _runs(pid, ["-m", module, argument]):
            return mark(pid)
    return None


def _runs(pid: int, words: list[str]) -> bool:
    """Tell whether these are the first words behind the program's name."""
    with contextlib.suppress(OSError):
        if _PROC.joinpath("self").exists():
            given = _PROC.joinpath(str(pid), "cmdline").read_bytes().split(b"\0")
            return [os.fsdecode(word) for word in given[1 : 1 + len(words)]] == words
        return f" {' '.join(words)} " in f"{_ps(pid, 'command')} "
    return False


def _pids() -> list[int]:
    if _PROC.joinpath("self").exists():
        return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal()]
    told = subprocess.run(["ps", "-axo", "pid="], capture_output=True, text=True, check=False)
    return [int(word) for word in told.stdout.split()]


def command_line(pid: int) -> str:
    """Return the command of a process as far as one may see it, "" otherwise."""
    with contextlib.suppress(OSError):
        if _PROC.joinpath("self").exists():
            words = _PROC.joinpath(str(pid), "cmdline").read_bytes().split(b"\0")
            return b" ".join(words).decode(errors="replace").strip()
        return _ps(pid, "command")
    return ""


def _gone(process: Mark | None, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE)
    return True


def _started(pid: int) -> str:
    """Return when a process started: boot and clock ticks on Linux (proc(5), field 22), a date elsewhere."""
    with contextlib.suppress(OSError):
        if not _PROC.joinpath("self").exists():
            state, _, started = _ps(pid, "stat=,lstart").partition(" ")
            return "" if state.startswith("Z") else started
        # The second field is the program's name in parentheses, which may hold anything.
        fields = _PROC.joinpath(str(pid), "stat").read_text(errors="replace").rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else f"{_BOOT.read_text().strip()}/{fields[19]}"
    return ""


def _ps(pid: int, column: str) -> str:
    """Ask ps(1), the only way on macOS."""
    done = subprocess.run(["ps", "-o", f"{column}=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout.strip()
