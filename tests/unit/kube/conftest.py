"""An API server of faults, and the engine that talks to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from solakube_core.kube import KubernetesEngine, connect
from solakube_core.kube.apply import applying
from solakube_core.kube.client import outages, retrying
from solakube_core.kube.health import waiting
from solakube_core.kube.remove import removing
from tests.heard import Heard
from tests.loopback import serving
from tests.unit.kube.api_server import ApiServer, kubeconfig


class Clock:
    """A clock that goes on when somebody sleeps, and in no other way."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let nobody really wait."""
    clock = Clock()
    for module in (applying, outages, retrying, removing, waiting):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def progress() -> Heard:
    return Heard()


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with serving(ApiServer()) as started:
        yield started


@pytest.fixture
def engine(server: ApiServer, tmp_path: Path, progress: Heard) -> KubernetesEngine:
    config = kubeconfig(tmp_path / "kubeconfig", server.url)
    return connect(config, None, progress.say)
