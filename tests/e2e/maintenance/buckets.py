"""Two registries that share a bucket, and the maintenance program on it: a target for load, and beside one of them."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
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

_STEPS = 30
"""A collection has half as many, but for those that it repeats: whoever loads it kills it earlier than that."""

_TRY_AGAIN = ("another maintenance run is at work", "a registry does not tell what it does")
"""What a collection is told while another process puts back what a killed one left, or a registry is started anew."""

GRACE = ("--grace=1s", "--untagged-grace=1s", "--undo-period=0")


class SharedBucket:
    """Registries that share a bucket, any of which answers a request: a target.

    Attributes:
        storage: the bucket's server, as the registries know it.
        environment: of the maintenance program.
        killed: registries that were killed.
        cut_off: requests of clients that were killed with them, and succeeded later.
        put_off: collections that had to be tried again.
    """

    def __init__(self, crane: Path, storage: Storage, registries: Sequence[RunningRegistry]) -> None:
        self.storage, self.registries = storage, registries
        self._clients = [Crane(crane, registry) for registry in registries]
        metrics = " ".join(registry.metrics for registry in registries)
        self.killed = self.cut_off = self.put_off = 0
        keys = {ACCESS_KEY: KEYS.access, SECRET_KEY: KEYS.secret}
        self.environment = {**os.environ, **keys, EVERY_PROCESS: metrics}

    @property
    def client(self) -> Crane:
        """A client of one of them."""
        return random.choice(self._clients)

    def push(self, image: str, layers: list[Path]) -> None:
        """Push an image of those layers; fails if that is refused."""
        self._served(lambda client: client.push(image, layers))

    def validate(self, image: str) -> None:
        """Pull all of an image, every platform of an index, and check its digests."""
        self._served(lambda client: client.validate(image))

    def _served(self, act: Callable[[Crane], None]) -> None:
        """Have a client try again where the registry that it asked was killed: at any of them, as behind a Service."""
        while True:
            killed = self.killed
            try:
                return act(self.client)
            except AssertionError as failure:
                if not (killed or self.killed) or not _is_cut_off(failure):
                    raise
                self.cut_off += 1

    def kill_a_registry(self) -> None:
        """Kill one, and start another in its place."""
        self.killed += 1
        random.choice(self.registries).replace()

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
            done = self._run(self.storage.option, "garbage-collect", *GRACE, *options, check=False)
            if done.returncode and any(told in done.stdout for told in _TRY_AGAIN):
                self.put_off += 1
                continue
            done.check_returncode()
            report = report_in(done.stdout)
            if not wait or not report["postponed"]:
                return report

    def collection(self) -> subprocess.CompletedProcess[str]:
        """Collect likewise, whatever comes of it."""
        return self._run(self.storage.option, "garbage-collect", *GRACE, check=False)

    def collect_and_kill(self, after: float) -> dict[str, Any] | None:
        """Collect likewise, but kill that after such a part of `_STEPS`; None if it had not ended by then."""
        command = [sys.executable, "-m", "solakube_regtool", self.storage.option, "--json", "garbage-collect", *GRACE]
        told, steps = list[str](), set[str]()
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=self.environment
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                told.append(line)
                if len(steps := steps | {line}) > after * _STEPS:
                    process.kill()
        if process.returncode == -signal.SIGKILL:
            return None
        return report_in("".join(told)) if process.returncode == 0 else self.collect()


def _is_cut_off(failure: AssertionError) -> bool:
    """Tell whether a client was told nothing, or that its upload is known to nobody any more."""
    told = ("connection refused", "connection reset", "broken pipe", "EOF", "server closed", "BLOB_UPLOAD_")
    return any(part in str(failure) for part in told)


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
