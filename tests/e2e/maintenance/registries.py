"""Real registries on folders of their own, processes of this machine, and the maintenance program on their data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.local.machine import free_ports
from tests.e2e.support.waiting import PATIENCE

_CONFIG = """\
version: 0.1
log: {{level: error}}
storage: {{{storage}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}", debug: {{addr: "127.0.0.1:{debug}", prometheus: {{enabled: true}}}}}}
{more}
"""


@dataclass(frozen=True)
class RunningRegistry:
    """A registry process.

    Attributes:
        data: its data folder.
        host: HOST:PORT.
        metrics: URL of its debug address.
        replace: kills the process, and starts another in its place.
    """

    data: Path
    host: str
    metrics: str
    replace: Callable[[], None] = lambda: None

    @property
    def blobs(self) -> Path:
        """The folder of its blobs."""
        return self.data / "docker/registry/v2/blobs"


@contextmanager
def running(
    program: Path,
    data: Path,
    folder: Path,
    more: str = "",
    storage: str = "",
    environment: Mapping[str, str] | None = None,
) -> Iterator[RunningRegistry]:
    """Run a registry, unless told otherwise without a password, and without a cache of what blobs there are.

    Args:
        program: its executable.
        data: its data folder.
        folder: for its configuration and log.
        more: added to its configuration.
        storage: its storage driver, instead of the one for the data folder.
        environment: settings by distribution's own variables, such as REGISTRY_HTTP_TLS_KEY.
    """
    port = free_ports()
    debug = port + 1
    driver = storage or f"filesystem: {{rootdirectory: {data}}}"
    config = folder / "config.yml"
    config.write_text(_CONFIG.format(storage=driver, port=port, debug=debug, more=more))
    metrics = f"http://127.0.0.1:{debug}"

    def start() -> None:
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [program, "serve", config], stdout=log, stderr=log, env={**os.environ, **(environment or {})}
            )
        processes.append(process)
        await_answer(f"{metrics}/metrics")

    def replace() -> None:
        processes[-1].kill()
        processes[-1].wait(PATIENCE)
        start()

    processes: list[subprocess.Popen[bytes]] = []
    try:
        start()
        yield RunningRegistry(data, f"localhost:{port}", metrics, replace)
    finally:
        processes[-1].terminate()
        processes[-1].wait(PATIENCE)


def regtool_command(registry: RunningRegistry, *arguments: str) -> list[str]:
    """Return the command line of the maintenance program on a registry's data, with JSON lines as output."""
    return [sys.executable, "-m", "solakube_regtool", "--data", str(registry.data), "--json", *arguments]


def regtool(registry: RunningRegistry, *arguments: str) -> list[dict[str, Any]]:
    """Run the maintenance program; returns its records.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    done = subprocess.run(regtool_command(registry, *arguments), capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def collection(registry: RunningRegistry, *arguments: str) -> list[str]:
    """Return the command line of a collection with a grace period of a second; no deletion can be undone then."""
    always = ("--grace=1s", "--undo-period=0", "--metrics", registry.metrics)
    return regtool_command(registry, "garbage-collect", *always, *arguments)


def collected(registry: RunningRegistry, *arguments: str) -> dict[str, Any]:
    """Collect with a grace period of a second, and return the report.

    Raises:
        subprocess.CalledProcessError: the collection failed.
    """
    done = subprocess.run(collection(registry, *arguments), capture_output=True, text=True, check=True)
    return report_in(done.stdout)


def report_in(output: str) -> dict[str, Any]:
    """Return the report among the records that a collection printed."""
    (report,) = (record for record in map(json.loads, output.splitlines()) if record["type"] == "collected")
    found: dict[str, Any] = report
    return found


def await_answer(url: str) -> None:
    """Wait until a server answers, whatever it says."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(url, timeout=20).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
