"""While somebody holds deletions in a bucket nothing goes there, and that ends by itself."""

from __future__ import annotations

import os
import random
import threading
from collections import deque
from contextlib import ExitStack
from unittest import mock

import pytest
from solakube_regtool.collect.lock import BusyError
from solakube_regtool.errors import RegtoolError
from solakube_regtool.objects import collector as collecting
from solakube_regtool.objects import holding
from solakube_regtool.objects.collector import ObjectCollector
from solakube_regtool.objects.lock import ObjectLock
from solakube_regtool.storage import leases, object_leases
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.leases import LIMIT, HeldError
from solakube_regtool.storage.object_leases import ObjectLeases
from solakube_regtool.storage.object_tags import ObjectTags
from solakube_regtool.storage.tree import Tag, Tree

from tests.model.bucket.way import Before, Perform, Way, at_once
from tests.model.bucket.world import World
from tests.model.distribution import digest_of, image
from tests.model.moments import answered

NOBODY = 2**22 + 1
"""No process has this number: Linux knows none beyond 2^22 (proc(5), pid_max)."""

LAYERS = (b"one layer", b"another layer", b"a third layer")


class Shared:
    """A registry in a bucket with garbage, and leases on it."""

    def __init__(self) -> None:
        self.world = World(random.Random(0), 1, ("a",), ObjectCollector, 1000, lambda changes: self.before(changes))
        self.before: Before = at_once
        self.place = BucketFiles(Way(self.world.store, 1000, at_once))
        self.tree = Tree(self.place.data, self.place)
        self.leases = ObjectLeases(self.tree, self.place)
        for layer in LAYERS:
            answered(self.world.registry.upload("a", layer))
        answered(self.world.registry.put_manifest("a", image(LAYERS[:1]), "1"))
        self.world.pass_a_day()

    def delete(self) -> None:
        ObjectTags(self.tree, self.place).delete(Tag("a", "1", f"sha256:{digest_of(image(LAYERS[:1]))}", 0.0, None))

    def garbage(self) -> int:
        return sum(self.world.registry.has_blob(digest_of(layer)) for layer in LAYERS[1:])


@pytest.fixture
def shared() -> Shared:
    return Shared()


def test_nothing_is_deleted_while_somebody_holds_it(shared: Shared) -> None:
    with shared.leases.holding("backup") as require:
        with pytest.raises(HeldError, match=r"backup .*process"):
            shared.delete()
        with pytest.raises(HeldError):
            deque(shared.world.process().steps(), 0)
        require()
    assert shared.garbage() == 2
    shared.delete()
    deque(shared.world.process().steps(), 0)
    assert shared.garbage() == 0
    assert not [key for key in shared.world.store.objects if "/leases/" in key]


def test_one_that_is_taken_lapses_begins_anew_and_ends(shared: Shared) -> None:
    shared.leases.take("nightly", 60)
    shared.world.clock.forward(40)
    shared.leases.take("nightly", 60)
    shared.world.clock.forward(59)
    assert [(lease.name, lease.process) for lease in shared.leases.held()] == [("nightly", 0)]
    shared.world.clock.forward(1)
    assert shared.leases.held() == []
    assert not shared.leases.end("nightly")
    shared.leases.take("nightly", 60)
    assert shared.leases.end("nightly")
    assert shared.leases.held() == []


def test_there_is_one_holder_of_a_name(shared: Shared) -> None:
    with shared.leases.holding("backup"):
        with pytest.raises(HeldError, match="backup is at work already"):
            shared.leases.take("backup", 1)
        with pytest.raises(HeldError, match="backup is at work already"), shared.leases.holding("backup"):
            pass
        with shared.leases.holding("other"):
            assert [lease.name for lease in shared.leases.held()] == ["backup", "other"]


def test_of_two_that_come_at_once_one_holds_it(shared: Shared) -> None:
    second, requests = ExitStack(), iter(range(100))

    def before(changes: bool) -> Perform:
        if changes and next(requests) == 1:
            second.enter_context(shared.leases.holding("backup"))
        return at_once(changes)

    place = BucketFiles(Way(shared.world.store, 1000, before))
    with second, pytest.raises(HeldError, match="it began at this very moment"):
        second.enter_context(ObjectLeases(Tree(place.data, place), place).holding("backup"))


def test_a_dead_holder_holds_nothing_on_this_machine_and_for_a_while_elsewhere(shared: Shared) -> None:
    for elsewhere in ("", "another boot"):
        with ExitStack() as stack:
            stack.enter_context(mock.patch.object(os, "getpid", return_value=NOBODY))
            if elsewhere:
                stack.enter_context(mock.patch.object(object_leases, "where", return_value=elsewhere))
            stack.enter_context(shared.leases.holding("backup"))
            held = len(shared.leases.held())
            shared.world.clock.forward(LIMIT - 1)
            assert held == len(shared.leases.held()) == bool(elsewhere)
            shared.world.clock.forward(1)
            assert shared.leases.held() == []


def test_it_is_written_anew_as_long_as_its_process_lives(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    written = threading.Event()

    def before(changes: bool) -> Perform:
        def perform(request: object) -> None:
            assert callable(request)
            request()
            if changes and threading.current_thread() is not threading.main_thread():
                written.set()

        return perform

    monkeypatch.setattr(leases, "RENEWALS", LIMIT * 100)
    place = BucketFiles(Way(shared.world.store, 1000, before))
    with ObjectLeases(Tree(place.data, place), place).holding("backup") as require:
        shared.world.clock.forward(LIMIT - 1)
        written.clear()
        assert written.wait(60)
        shared.world.clock.forward(LIMIT - 1)
        assert len(shared.leases.held()) == 1
        require()


def test_who_has_lost_it_is_told(shared: Shared) -> None:
    with shared.leases.holding("backup") as require:
        shared.leases.end("backup")
        with pytest.raises(RegtoolError, match="somebody ended it"):
            require()
        shared.leases.take("backup", 60)
    assert len(shared.leases.held()) == 1


def test_one_that_cannot_be_read_holds(shared: Shared) -> None:
    shared.leases.take("backup", 60)
    (key,) = [key for key in shared.world.store.objects if "/leases/" in key]
    shared.world.store.put(key, b"[]")
    with pytest.raises(RegtoolError, match="no lease that can be read"):
        shared.delete()


def test_a_collection_ends_what_it_has_begun_and_begins_no_more(shared: Shared) -> None:
    """A lease is taken at each of its requests."""
    left = set()
    for number in range(200):
        beside = Shared()
        requests = iter(range(10_000))

        def before(changes: bool, beside: Shared = beside, requests: object = requests, at: int = number) -> Perform:
            if next(requests) == at:  # type: ignore[call-overload]
                beside.leases.take("copy", 1e6)
            return at_once(changes)

        beside.before = before
        with mock.patch.object(collecting, "SLICE", 1):
            try:
                for step in beside.world.process().steps():
                    beside.world.clock.forward(step.pause)
            except HeldError:
                pass
        left.add(beside.garbage())
        if next(requests) <= number:
            break
        # What is left stays, and nothing is half gone.
        assert beside.garbage() + len(gone(beside)) == 2
    assert left == {0, 1, 2}


def gone(shared: Shared) -> list[bytes]:
    """Garbage of which no link is left, either."""
    links = [found.content.decode()[7:] for key, found in shared.world.store.objects.items() if "/_layers/" in key]
    return [layer for layer in LAYERS[1:] if digest_of(layer) not in links]


def test_who_holds_them_waits_for_the_collection_at_work(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "_LOOK", 0.001)
    busy = iter([True, True, False])
    take = ObjectLock.take

    def taken(lock: ObjectLock) -> None:
        if next(busy):
            raise BusyError("another maintenance run is at work")
        take(lock)

    monkeypatch.setattr(ObjectLock, "take", taken)
    with holding.deletions_held(lambda: shared.place, "backup") as require:
        require()
    busy = iter([True] * 9)
    with pytest.raises(BusyError):
        holding.hold(lambda: shared.place, "nightly", 60, 0)
    assert shared.leases.held() == []
