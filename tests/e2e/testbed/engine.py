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
    log = cache.root / "dockerd.log"
    daemon = _spawn(["dockerd", *_runtime_options(cache)], log)
    deadline = time.monotonic() + _START_SECONDS
    while not _answers():
        if daemon.poll() is not None or time.monotonic() > deadline:
            raise TestbedError(f"dockerd does not start; the end of {log}:\n{log.read_text()[-2000:]}")
        time.sleep(0.5)


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
