"""A manifest under way while its blobs are taken away: the registry has found them, and its tag is not written yet.

The registry is real, and so is its storage; on the way between them what it writes then is held up. Collectors
that do not wait for it, do not look again or put nothing back are shown to lose the blobs: these tests would notice.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.maintenance import killed_collection
from tests.e2e.maintenance.buckets import SharedBucket, sharing
from tests.e2e.maintenance.stalling import Stall
from tests.e2e.support.object_storage import Storage, serving
from tests.e2e.testbed.provisioner import Provisioner
from tests.loopback import serving as listening

WAITING = "wait for the requests under way"


@pytest.fixture
def storage(provisioner: Provisioner, tmp_path: Path) -> Iterator[Storage]:
    with serving(provisioner, tmp_path / "s3") as served:
        yield served


@pytest.fixture
def stall(storage: Storage) -> Iterator[Stall]:
    """What is written when a manifest's blobs have been found: its revision link."""
    with listening(Stall(storage.endpoint, "/_manifests/revisions/")) as way:
        yield way
        way.released.set()


@pytest.fixture
def shared(
    provisioner: Provisioner, storage: Storage, stall: Stall, registry_binaries: Mapping[str, Path], tmp_path: Path
) -> Iterator[SharedBucket]:
    slow = replace(storage, endpoint=stall.url)
    with sharing(registry_binaries, provisioner.program("crane"), slow, tmp_path, 1) as target:
        yield target


def collect(shared: SharedBucket, storage: Storage, acts: Sequence[tuple[str, Sequence[str]]], fault: str) -> None:
    """Collect, straight in the storage."""
    address = json.loads(shared.bucket.partition("=")[2])
    metrics = [registry.metrics for registry in shared.registries]
    order = {
        "bucket": json.dumps({**address, "endpoint": storage.endpoint}),
        "metrics": metrics,
        "acts": acts,
        "fault": fault,
    }
    command = [sys.executable, "-m", killed_collection.__name__, json.dumps(order)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=shared.environment)
    assert done.returncode == 0, done.stdout + done.stderr


def asking(url: str) -> list[str]:
    """A command that asks for a page."""
    return [sys.executable, "-c", "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])", url]


@pytest.mark.parametrize("fault", ["", "hasty", "blind", "forgetful"])
@pytest.mark.parametrize("late", [False, True], ids=["before the links go", "before the blobs go"])
def test_a_manifest_that_is_under_way_is_waited_for(
    shared: SharedBucket, storage: Storage, stall: Stall, layers: list[Path], late: bool, fault: str
) -> None:
    shared.push("app:1", layers[:1])
    shared.regtool("delete", "app:1")
    pushing = threading.Thread(target=shared.push, args=("app:2", layers[:1]))
    stall.begin = pushing.start
    stall.armed.set()
    begin, release = (asking(f"{stall.url}/{what}") for what in ("begin", "release"))
    if not late:
        subprocess.run(begin, check=True)
    acts = [("copy blobs aside", begin)] if late else []
    collect(shared, storage, [*acts, (WAITING, release)], fault)
    stall.released.set()
    pushing.join()
    assert shared.damaged() == (1 if fault else 0)
