"""Who else works on a folder: the holder of its lock, and containers that mount it. Standard library only."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from solakube_core.local.machine.paths import resolved
from solakube_core.local.machine.processes import command_line

_LOCKS = Path("/proc/locks")
_TIMEOUT = 15.0
_SHOWN = 120


def lock(folder: Path) -> int | None:
    """Lock a folder for this process; returns the descriptor that holds the lock, None where another has it.

    Raises:
        OSError: the folder cannot be opened.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        # Some network file systems have no locks: there the note in the folder alone tells.
        pass
    return descriptor


def holder(folder: Path) -> str:
    """Name who holds a folder's lock; "" when nobody does."""
    with contextlib.suppress(OSError):
        descriptor = lock(folder)
        if descriptor is None:
            pid = _locking(folder)
            return f"process {pid}: {command_line(pid)[:_SHOWN]}" if pid else "another process"
        os.close(descriptor)
    return ""


def containers(folder: Path) -> Iterator[str]:
    """Name the containers at work that mount a folder, each with the command that ends it."""
    for engine in ("docker", "podman"):
        if program := shutil.which(engine):
            for path in dict.fromkeys((folder, resolved(folder))):
                command = [program, "ps", "--filter", f"volume={path}", "--format", "{{.Names}}"]
                with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TIMEOUT)
                    yield from (f"{engine} stop {name}" for name in told.stdout.split())


def _locking(folder: Path) -> int | None:
    """Return the process that locked a folder (proc_locks(5)); None where the system does not tell."""
    with contextlib.suppress(OSError):
        inode = folder.stat().st_ino
        for line in _LOCKS.read_text().splitlines():
            fields = line.split()
            if fields[1] == "FLOCK" and fields[5].rpartition(":")[2] == str(inode):
                return int(fields[4])
    return None
