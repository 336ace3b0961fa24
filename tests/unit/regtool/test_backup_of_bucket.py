"""Backups of a registry in a bucket, on one in memory at which pushes are at work between any two requests."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest
from solakube_regtool.backup import restoring
from solakube_regtool.backup.origin import opened_tree
from solakube_regtool.backup.scratch import lay_out
from solakube_regtool.backup.taking import Taken, take
from solakube_regtool.backup.target import Target
from solakube_regtool.errors import RegtoolError
from solakube_regtool.objects import collector
from solakube_regtool.objects.holding import deletions_held
from solakube_regtool.objects.journal import Batch
from solakube_regtool.objects.workspace import ObjectWorkspace
from solakube_regtool.oci import digests
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.leases import HeldError
from solakube_regtool.storage.tree import Tree

from tests.model.bucket.distribution import ObjectDistribution
from tests.model.bucket.store import Store
from tests.model.bucket.way import Way
from tests.model.distribution import digest_of, image

PUSHED = 1e9


class Shared:
    """A bucket, registries that share it, and a backup of it.

    Attributes:
        requests: how many the backup has sent.
        meanwhile: done before each of them, with its number.
    """

    def __init__(self, folder: Path) -> None:
        self.store = Store(lambda: PUSHED)
        self.registry = ObjectDistribution(self.store)
        self.target = Target(str(folder / "target"))
        self.scratch = folder / "scratch"
        self.requests = 0
        self.meanwhile: Callable[[int], None] = lambda _: None

    def push(self, repository: str, tag: str, *layers: bytes) -> None:
        for layer in layers:
            deque(self.registry.upload(repository, layer), 0)
        deque(self.registry.put_manifest(repository, image(layers), tag), 0)

    def opened(self) -> BucketFiles:
        def before(_: bool) -> Callable[[Callable[[], object]], object]:
            self.meanwhile(self.requests)
            self.requests += 1
            return lambda request: request()

        return BucketFiles(Way(self.store, 2, before))

    def take(self) -> Taken:
        place = self.opened()
        self.requests = 0
        tree = Tree(place.data, place)
        return take(lambda _: opened_tree(tree, deletions_held(self.opened, "backup")), self.target, lambda _: None)

    def restored(self) -> dict[str, str]:
        """Lay the last backup out; gives the digests that its tags point to, all of which are whole."""
        lay_out(self.target, self.target.choose(None), str(self.scratch))
        tree = Tree(str(self.scratch))
        found = {f"{name}:{tag.name}": tag.digest for name in tree.repositories() for tag in tree.tags(name)}
        for digest in found.values():
            manifest = tree.manifest(digest)
            assert manifest is not None
            assert all(tree.blob_size(blob.key) is not None for blob in manifest.blobs)
        return found


@pytest.fixture
def shared(tmp_path: Path) -> Shared:
    made = Shared(tmp_path)
    made.push("team/app", "1", b"config", b"layer")
    made.push("team/app", "moved", b"config", b"older")
    made.push("other", "1", b"config", b"other")
    return made


def digest(*layers: bytes) -> str:
    return f"sha256:{digest_of(image(layers))}"


def test_all_of_it_is_there_with_its_times(shared: Shared) -> None:
    taken = shared.take()
    assert (taken.summary.tags, taken.copied, taken.faults, taken.summary.missing) == (3, 7, (), 0)
    expected = {"team/app:1": b"layer", "team/app:moved": b"older", "other:1": b"other"}
    assert shared.restored() == {tag: digest(b"config", layer) for tag, layer in expected.items()}
    (moved,) = (one.tags["moved"] for one in shared.target.read(taken.name) if one.repository == "team/app")
    assert moved.times.modified == PUSHED * 1e9


def test_a_push_at_any_request_is_in_it_whole_or_not_at_all(shared: Shared, tmp_path: Path) -> None:
    shared.take()
    requests, seen = shared.requests, set()
    for at in range(requests):
        beside = Shared(tmp_path / str(at))
        for tag, layer in (("1", b"layer"), ("moved", b"older")):
            beside.push("team/app", tag, b"config", layer)

        def push(number: int, beside: Shared = beside, at: int = at) -> None:
            if number == at:
                beside.push("team/app", "moved", b"new config", b"new layer")
                beside.push("team/app", "new", b"newest config", b"new layer")

        beside.meanwhile = push
        assert beside.take().faults == ()
        found = beside.restored()
        assert found["team/app:1"] == digest(b"config", b"layer")
        assert found.get("team/app:new") in (None, digest(b"newest config", b"new layer"))
        seen.add(found["team/app:moved"])
    assert seen == {digest(b"config", b"older"), digest(b"new config", b"new layer")}


def test_two_at_once_are_refused(shared: Shared) -> None:
    with deletions_held(shared.opened, "backup"), pytest.raises(HeldError, match="backup is at work already"):
        shared.take()
    shared.take()


def test_who_has_lost_the_lease_has_no_backup(shared: Shared) -> None:
    place = shared.opened()
    with opened_tree(Tree(place.data, place), deletions_held(shared.opened, "backup")) as origin:
        assert len(list(origin.references())) == 2
        for key in [key for key in shared.store.objects if "/leases/" in key]:
            shared.store.delete(key)
        with pytest.raises(RegtoolError, match="not held all the time"):
            origin.require_held()


def test_what_a_killed_collection_had_moved_away_is_in_its_place(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "LATE", 0.0)
    place = shared.opened()
    workspace = ObjectWorkspace(Tree(place.data, place), place)
    key = digests.parse(f"sha256:{digest_of(b'layer')}")
    shared.store.copy(workspace.blob(key), workspace.away(key))
    shared.store.delete(workspace.blob(key))
    shared.store.put(workspace.journal, Batch({key: []}).written())
    assert shared.take().summary.missing == 0
    assert shared.restored()["team/app:1"] == digest(b"config", b"layer")


def test_it_comes_back_into_a_data_folder(shared: Shared, tmp_path: Path) -> None:
    shared.take()
    data = Tree(str(tmp_path / "data"))
    wanted = restoring.select(shared.target, None, None)
    assert {one.done for one in restoring.restore(data, shared.target.tree, wanted, lambda _: None)} == {"made"}
    tag = data.tag("other", "1")
    assert tag is not None
    assert (tag.digest, tag.pushed) == (digest(b"config", b"other"), PUSHED)
