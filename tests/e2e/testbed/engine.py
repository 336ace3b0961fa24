"""The Docker engine: the one that runs, else one that is installed and started here."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.testbed import capabilities, debian
from tests.e2e.testbed.cache import Cache
from tests.e2e.testbed.console import say, step
from tests.e2e.testbed.errors import TestbedError
from tests.e2e.testbed.process import run, succeeds

_START_SECONDS = 60
_PID_FILES = {"dockerd": Path("/run/docker.pid"), "containerd": Path("/run/docker/containerd/containerd.pid")}


def ensure(cache: Cache) -> None:
    """Make `docker` answer; an engine started here is left running.

    Raises TestbedError if there is none and none can be started.
    """
    if _answers():
        return
    with cache.locked("engine"):
        if _answers():
            return
        debian.ensure_program("dockerd", "docker.io")
        debian.ensure_program("docker", "docker-cli")
        debian.ensure_program("iptables", "iptables")
        if not _answers():
            with step("start the Docker engine"):
                _start(cache)


def _answers() -> bool:
    return succeeds(["docker", "version"])


def _start(cache: Cache) -> None:
    if Path("/run/systemd/system").is_dir():
        run(["systemctl", "start", "docker"])
        return
    for program, pid_file in _PID_FILES.items():
        forget_dead(program, pid_file)
    log = cache.root / "dockerd.log"
    daemon = _spawn(["dockerd", *_runtime_options(cache)], log)
    deadline = time.monotonic() + _START_SECONDS
    while not _answers():
        if daemon.poll() is not None or time.monotonic() > deadline:
            raise TestbedError(f"dockerd does not start; the end of {log}:\n{log.read_text()[-2000:]}")
        time.sleep(0.5)


def forget_dead(program: str, pid_file: Path) -> None:
    """Delete a pid file unless it names a living process of that program.

    Where /run is on a disk the file outlives a reboot, and some other process then has its number: dockerd
    takes that for an engine already running and does not start.
    """
    try:
        name = Path("/proc", pid_file.read_text().strip(), "comm").read_text().strip()
    except OSError:
        name = ""
    if name != program:
        pid_file.unlink(missing_ok=True)


def _spawn(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)


def _runtime_options(cache: Cache) -> list[str]:
    """Options of dockerd that make runc work with the capabilities this machine has."""
    lacking = capabilities.missing_here()
    if not lacking:
        return []
    say(f"this machine lacks {', '.join(sorted(lacking))}: containers are started without")
    wrapper = cache.root / "bounded-runc"
    shutil.copyfile(capabilities.__file__, wrapper)
    wrapper.chmod(0o755)
    return ["--add-runtime", f"bounded={wrapper}", "--default-runtime", "bounded"]
