"""Processes by number and start, since numbers are used again. Standard library only."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from solakube_core.local.records import Mark

_PROC = Path("/proc")
_BOOT = _PROC / "sys/kernel/random/boot_id"
_PAUSE = 0.05


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


def end(process: Mark | None, patience: float) -> None:
    """End a process and wait for it: politely, and after `patience` seconds by force."""
    if tell(process, signal.SIGTERM) and not _gone(process, patience):
        tell(process, signal.SIGKILL)
        _gone(process, patience)


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
