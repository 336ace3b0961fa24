"""Real registries on folders of their own, each a process of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

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
    """

    data: Path
    host: str
    metrics: str


@pytest.fixture(params=["2.8", "3"])
def running_registry(
    request: pytest.FixtureRequest, registry_binaries: Mapping[str, Path], tmp_path: Path
) -> Iterator[RunningRegistry]:
    """A registry of either line, without a password and without a cache of what blobs there are."""
    with serving(registry_binaries[request.param], tmp_path) as registry:
        yield registry


@contextmanager
def serving(
    program: Path, tmp_path: Path, more: str = "", environment: Mapping[str, str] | None = None, storage: str = ""
) -> Iterator[RunningRegistry]:
    """Run a registry while the context lasts.

    Args:
        program: its executable.
        tmp_path: where data, configuration and log go.
        more: added to its configuration file.
        environment: settings by distribution's own variables, such as REGISTRY_HTTP_TLS_KEY.
        storage: its storage driver, instead of the data folder.
    """
    data, port, debug = tmp_path / "data", free_port(), free_port()
    data.mkdir(exist_ok=True)
    config = tmp_path / "config.yml"
    driver = storage or f"filesystem: {{rootdirectory: {data}}}"
    config.write_text(_CONFIG.format(storage=driver, port=port, debug=debug, more=more))
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "serve", config], stdout=log, stderr=log, env={**os.environ, **(environment or {})}
        )
    try:
        await_answer(f"http://127.0.0.1:{debug}/metrics")
        yield RunningRegistry(data, f"localhost:{port}", f"http://127.0.0.1:{debug}")
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def await_answer(url: str) -> None:
    """Wait until a server answers, whatever it says."""
    deadline = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
