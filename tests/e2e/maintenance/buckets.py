"""Two registries that share a bucket, and the maintenance program on it: a target for load, and beside one of them."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from solakube_regtool.commands.registry_options import EVERY_PROCESS
from solakube_regtool.objects import presence
from solakube_regtool.s3.address import ACCESS_KEY, SECRET_KEY

from tests.e2e.local.machine import free_ports
from tests.e2e.maintenance.load import Crane
from tests.e2e.maintenance.registries import RunningRegistry, await_answer, report_in, running
from tests.e2e.support.object_storage import KEYS, SERVERS, Storage
from tests.e2e.support.waiting import PATIENCE

EITHER_SERVER = pytest.mark.parametrize("server", SERVERS)
"""Marks tests that run on S3 servers of both makers."""

GRACE = ("--grace=1s", "--untagged-grace=1s", "--undo-period=0")


class SharedBucket:
    """Registries that share a bucket, any of which answers a request: a target.

    Attributes:
        storage: the bucket's server, as the registries know it.
        environment: of the maintenance program.
    """

    def __init__(self, crane: Path, storage: Storage, registries: Sequence[RunningRegistry]) -> None:
        self.storage, self.registries = storage, registries
        self._clients = [Crane(crane, registry) for registry in registries]
        metrics = " ".join(registry.metrics for registry in registries)
        keys = {ACCESS_KEY: KEYS.access, SECRET_KEY: KEYS.secret}
        self.environment = {**os.environ, **keys, EVERY_PROCESS: metrics}

    @property
    def client(self) -> Crane:
        """A client of one of them."""
        return random.choice(self._clients)

    def push(self, image: str, layers: list[Path]) -> None:
        """Push an image of those layers; fails if that is refused."""
        self.client.push(image, layers)

    def validate(self, image: str) -> None:
        """Pull all of an image, every platform of an index, and check its digests."""
        self.client.validate(image)

    def regtool(self, *arguments: str) -> list[dict[str, Any]]:
        """Run the maintenance program; returns its records."""
        done = self._run(self.storage.option, *arguments)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def damaged(self) -> int:
        """Count the tags that are not whole."""
        done = self._run(self.storage.option, "fsck", "--deep", check=False)
        count: int = json.loads(done.stdout.splitlines()[-1])["damaged"]
        return count

    def _run(self, place: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "solakube_regtool", place, "--json", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=check, env=self.environment)

    def collect(self, *arguments: str) -> dict[str, Any]:
        """Collect with a grace period of a second, and return the report; --wait collects until nothing is left."""
        wait = "--wait" in arguments
        options = [option for option in arguments if option != "--wait"]
        while True:
            report = report_in(self._run(self.storage.option, "garbage-collect", *GRACE, *options).stdout)
            if not wait or not report["postponed"]:
                return report

    def collection(self) -> subprocess.CompletedProcess[str]:
        """Collect likewise, whatever comes of it."""
        return self._run(self.storage.option, "garbage-collect", *GRACE, check=False)

    def collect_and_kill(self, after: float) -> dict[str, Any] | None:
        """Collect likewise, but kill that after so many seconds; None if it had not ended by then."""
        command = [sys.executable, "-m", "solakube_regtool", self.storage.option, "--json", "garbage-collect", *GRACE]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment
        )
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        output, _ = process.communicate()
        return report_in(output) if process.returncode == 0 else None


class Served(NamedTuple):
    """A maintenance program that stays up beside a registry.

    Attributes:
        program: its process.
        url: where it answers.
    """

    program: subprocess.Popen[bytes]
    url: str


@contextmanager
def beside(storage: Storage, environment: Mapping[str, str]) -> Iterator[Served]:
    """Run the maintenance program beside a registry, which it calls "the busy one", while the context lasts.

    Args:
        storage: the bucket's server.
        environment: of the program.
    """
    address = f"127.0.0.1:{free_ports()}"
    told = {presence.ID: "one", presence.NAME: "the busy one", presence.HOST: "127.0.0.1"}
    command = [sys.executable, "-m", "solakube_regtool", storage.option, "serve", f"--listen={address}"]
    program = subprocess.Popen(command, env={**environment, **told})
    try:
        await_answer(f"http://{address}/metrics")
        yield Served(program, f"http://{address}")
    finally:
        program.kill()
        program.wait(PATIENCE)


@contextmanager
def sharing(
    programs: Mapping[str, Path], crane: Path, storage: Storage, folder: Path, count: int = 2
) -> Iterator[SharedBucket]:
    """Run registries on one bucket while the context lasts.

    Args:
        programs: the registry's, by line.
        crane: the client.
        storage: the bucket's server.
        folder: for their files.
        count: how many.
    """
    if not count:
        yield SharedBucket(crane, storage, ())
        return
    home = folder / f"registry-{count}"
    home.mkdir()
    driver = f"{storage.driver}, redirect: {{disable: true}}"
    with (
        running(programs["3"], home, home, storage=driver, environment={"REGISTRY_HTTP_SECRET": "shared"}) as registry,
        sharing(programs, crane, storage, folder, count - 1) as others,
    ):
        yield SharedBucket(crane, storage, (registry, *others.registries))
