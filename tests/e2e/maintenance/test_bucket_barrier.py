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
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.maintenance import killed_collection
from tests.e2e.maintenance.buckets import SharedBucket, beside, sharing
from tests.e2e.maintenance.stalling import Stall
from tests.e2e.support.object_storage import Storage
from tests.e2e.support.waiting import PATIENCE, eventually
from tests.e2e.testbed.provisioner import Provisioner
from tests.loopback import serving as listening

WAITING = "wait for the requests under way"


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


@pytest.fixture
def bystander(
    provisioner: Provisioner, storage: Storage, registry_binaries: Mapping[str, Path], tmp_path: Path
) -> Iterator[SharedBucket]:
    """Another registry on the same bucket, which has nothing to do."""
    (tmp_path / "bystander").mkdir()
    with sharing(registry_binaries, provisioner.program("crane"), storage, tmp_path / "bystander", 1) as target:
        yield target


@contextmanager
def announced(shared: SharedBucket, storage: Storage) -> Iterator[subprocess.Popen[bytes]]:
    """Run the maintenance program beside the registry: it says in the bucket that there is one."""
    with beside(storage, shared.environment) as (program, url):
        eventually(lambda: f"{url}/" in there(storage), "the registry says that it is there")
        yield program


def there(storage: Storage) -> str:
    """What the registry says that says it is there; nothing for none."""
    with storage.opened() as bucket:
        return (bucket.read("docker/registry/v2/_solakube/registries/one") or b"").decode()


def collect(
    shared: SharedBucket, storage: Storage, acts: Sequence[tuple[str, Sequence[str]]], fault: str, *metrics: str
) -> None:
    """Collect, straight in the storage."""
    order = {
        "bucket": storage.address.written(),
        "metrics": metrics or [registry.metrics for registry in shared.registries],
        "acts": acts,
        "fault": fault,
    }
    command = [sys.executable, "-m", killed_collection.__name__, json.dumps(order)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=shared.environment)
    assert done.returncode == 0, done.stdout + done.stderr


class HeldUp(NamedTuple):
    """A push that does not end before it is let go.

    Attributes:
        begin: the command that begins it, and ends when its manifest is held up.
        release: the command that lets it go.
    """

    begin: list[str]
    release: list[str]


@contextmanager
def pushing_garbage_anew(shared: SharedBucket, stall: Stall, layers: list[Path]) -> Iterator[HeldUp]:
    """Push an image again that is garbage by now, while the context lasts; its manifest is held up on its way."""
    shared.push("app:1", layers[:1])
    shared.regtool("delete", "app:1")
    pushing = threading.Thread(target=shared.push, args=("app:2", layers[:1]))
    stall.begin = pushing.start
    stall.armed.set()
    ask = [sys.executable, "-c", "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])"]
    yield HeldUp([*ask, f"{stall.url}/begin"], [*ask, f"{stall.url}/release"])
    stall.released.set()
    pushing.join()


@pytest.mark.parametrize(
    ("late", "fault"),
    [(False, ""), (False, "hasty"), (True, ""), (True, "blind"), (True, "forgetful")],
    ids=lambda given: given if isinstance(given, str) else "before the blobs go" if given else "before the links go",
)
def test_a_manifest_that_is_under_way_is_waited_for(
    shared: SharedBucket, storage: Storage, stall: Stall, layers: list[Path], late: bool, fault: str
) -> None:
    with pushing_garbage_anew(shared, stall, layers) as push:
        if not late:
            subprocess.run(push.begin, check=True)
        acts = [("copy blobs aside", push.begin)] if late else []
        collect(shared, storage, [*acts, (WAITING, push.release)], fault)
    assert shared.damaged() == (1 if fault else 0)


@pytest.mark.parametrize("tells", [True, False], ids=["it says that it is there", "nobody knows of it"])
def test_a_registry_of_which_only_the_bucket_knows_is_waited_for(
    shared: SharedBucket,
    bystander: SharedBucket,
    storage: Storage,
    stall: Stall,
    layers: list[Path],
    tells: bool,
) -> None:
    with pushing_garbage_anew(shared, stall, layers) as push:
        subprocess.run(push.begin, check=True)
        with announced(shared, storage) if tells else nullcontext():
            collect(shared, storage, [(WAITING, push.release)], "", bystander.registries[0].metrics)
    assert shared.damaged() == (0 if tells else 1)


def test_one_that_does_not_answer_is_named_until_it_takes_its_leave(
    bystander: SharedBucket,
    provisioner: Provisioner,
    storage: Storage,
    registry_binaries: Mapping[str, Path],
    tmp_path: Path,
) -> None:
    with ExitStack() as running:
        crane = provisioner.program("crane")
        one = running.enter_context(sharing(registry_binaries, crane, storage, tmp_path, 1))
        with announced(one, storage) as program:
            program.kill()
            program.wait(PATIENCE)
            refused = bystander.collection()
            assert refused.returncode == 1
            assert "the registry the busy one, which shares the bucket, does not tell what it does" in refused.stdout
        with announced(one, storage) as program:
            assert bystander.collection().returncode == 0
            program.terminate()
            # Requests may be under way in a registry that is told to end: it stays known until it has ended.
            assert bystander.collection().returncode == 0
            assert there(storage)
            running.close()
            assert program.wait(PATIENCE) == 0
    assert not there(storage)
    assert bystander.collection().returncode == 0
