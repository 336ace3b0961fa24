"""Which supervisor is to be at work, and how a running one becomes it: what it runs goes on. Standard library only."""

from __future__ import annotations

import functools
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from solakube_core import __version__
from solakube_core.local.state.records import SupervisorProgram

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""What the supervisor is told by signals."""

MODULE = "solakube_core.local.supervisor"
"""What the supervisor's command line names, before its folder."""

_TRIAL_TIMEOUT = 60.0


@functools.cache
def own_version() -> str:
    """Return the version of this very code: that of `sk`, and a part that changes with the engine's modules."""
    digest = hashlib.sha256()
    for module in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(module.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:8]}"


def program(folder: Path) -> SupervisorProgram:
    """Return the supervisor of this version for a state folder."""
    return SupervisorProgram((sys.executable, "-m", MODULE, str(folder)), own_version())


def works(successor: SupervisorProgram) -> str:
    """Tell what keeps a supervisor from being started, "" when nothing does."""
    try:
        command = [*successor.command[:-1], "--version"]
        told = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            timeout=_TRIAL_TIMEOUT,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if told.stdout.strip() == successor.version:
        return ""
    return told.stderr.strip() or f"its version is {told.stdout.strip()}"


def become(successor: SupervisorProgram, lock: int) -> None:
    """Go on as another supervisor: the process, its children and its lock stay.

    Signals wait until it can take them.

    Args:
        lock: descriptor of the lock; it gets the number by `--lock`.

    Raises:
        OSError: it cannot be started; all is as before.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    os.set_inheritable(lock, True)
    try:
        os.chdir("/")
        os.execv(successor.command[0], [*successor.command, f"--lock={lock}"])
    finally:
        os.set_inheritable(lock, False)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
