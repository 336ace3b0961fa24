"""Tags in a bucket are deleted, and come back, whatever is pushed meanwhile and whenever that is killed."""

from __future__ import annotations

import contextlib
import json
from collections import deque
from collections.abc import Iterator

import pytest
from solakube_regtool.alive.mark import mark
from solakube_regtool.alive.rules import Rules
from solakube_regtool.errors import RegtoolError
from solakube_regtool.history.undeleting import wanted
from solakube_regtool.history.versions import Version, versions
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.object_tags import ObjectTags
from solakube_regtool.storage.tree import Tag, Tree

from tests.model.bucket.distribution import ObjectDistribution
from tests.model.bucket.store import Store
from tests.model.bucket.way import Before, Perform, Way, at_once, ends_at
from tests.model.distribution import Request, digest_of, image

NAMES = ("app", "1")
FIRST, SECOND, THIRD = (image((layer,)) for layer in (b"first", b"second", b"third"))


def digest(content: bytes) -> str:
    return f"sha256:{digest_of(content)}"


class Shared:
    """A bucket at a time of its own, and what is done there."""

    def __init__(self) -> None:
        self.time = 1e9 + 0.5
        self.store = Store(lambda: self.time)
        self.registry = ObjectDistribution(self.store)
        self.paused = 0.0
        for layer in (b"first", b"second", b"third"):
            deque(self.registry.upload("app", layer), 0)

    def pass_time(self, seconds: float) -> None:
        self.time += seconds
        self.paused += seconds

    def pushing(self, content: bytes, tag: str = "1") -> Request[None]:
        return self.registry.put_manifest("app", content, tag)

    def push(self, content: bytes, tag: str = "1") -> None:
        deque(self.pushing(content, tag), 0)

    def tree(self) -> Tree:
        place = BucketFiles(Way(self.store, 2, at_once))
        return Tree(place.data, place)

    def tags(self, before: Before = at_once) -> ObjectTags:
        place = BucketFiles(Way(self.store, 2, before))
        return ObjectTags(Tree(place.data, place), place, self.pass_time, lambda: self.time)

    def delete(self, content: bytes, before: Before = at_once, tag: str = "1") -> None:
        self.tags(before).delete(Tag("app", tag, digest(content), 0.0, None))

    def current(self, tag: str = "1") -> str | None:
        found = self.store.get(f"{self.registry.tag('app', tag)}/current/link")
        return found.decode() if found else None

    def folder(self) -> list[str]:
        """What is left of the tag."""
        return [key for key in self.store.objects if key.startswith(f"{self.registry.tag(*NAMES)}/")]

    def past(self) -> list[Version]:
        return versions(self.tree(), *NAMES)


@pytest.fixture
def shared() -> Shared:
    made = Shared()
    for content in (FIRST, SECOND):
        made.push(content)
        made.time += 60
    made.push(SECOND, "2")
    made.time += 60
    return made


def test_a_tag_goes_alone_and_all_that_it_pointed_to_is_told(shared: Shared) -> None:
    rest = set(shared.store.objects) - set(shared.folder())
    shared.delete(SECOND)
    assert shared.folder() == []
    assert shared.current("2") == digest(SECOND)
    added = set(shared.store.objects) - rest
    assert len([key for key in added if "/_solakube/deleted/app/_manifests/tags/1/" in key]) == len(added) - 1 == 1
    first, second = shared.past()
    assert (first.digest, first.deleted) == (digest(FIRST), False)
    assert (second.digest, second.since, second.deleted) == (digest(SECOND), 1e9 + 60, True)
    assert second.until == shared.time
    assert shared.paused == 0


def test_it_takes_seven_requests_for_each_tag_and_three_more(shared: Shared) -> None:
    requests = iter(range(100))
    shared.push(SECOND, "3")
    shared.time += 60

    def before(changes: bool) -> Perform:
        next(requests)
        return at_once(changes)

    place = BucketFiles(Way(shared.store, 1000, before))
    tags = ObjectTags(Tree(place.data, place), place, shared.pass_time, lambda: shared.time)
    for name in ("2", "3"):
        tags.delete(Tag("app", name, digest(SECOND), 0.0, None))
    assert next(requests) == 2 * 7 + 3


def test_it_comes_back_and_counts_as_pushed(shared: Shared) -> None:
    shared.delete(SECOND)
    shared.time += 60
    shared.tags().bring_back(*NAMES, wanted(shared.tree(), *NAMES, None).key)
    assert shared.current() == digest(SECOND)
    assert shared.past()[-1][3:] == (float(int(shared.time)), None, False)
    shared.tags().bring_back(*NAMES, wanted(shared.tree(), *NAMES, 1e9 + 30).key)
    assert shared.current() == digest(FIRST)


@pytest.mark.parametrize("content", [FIRST, THIRD], ids=["that it pointed to before", "that is new"])
def test_a_push_that_moves_it_meanwhile_wins_at_whichever_requests(content: bytes) -> None:
    """One part of the push happens before one request of the deletion, the rest before another or after all."""
    outcomes = set()
    for first in range(12):
        for second in range(first, 13):
            for steps in range(len(list(prepared().pushing(content)))):
                beside = prepared()
                went = deleted_beside(beside, beside.pushing(content), {first: steps, second: 100})
                outcomes.add(went)
                assert beside.current() == digest(content), (first, second, steps, went)
    assert outcomes == {True, False}


def prepared() -> Shared:
    made = Shared()
    for content in (FIRST, SECOND):
        made.push(content)
        made.time += 60
    return made


def deleted_beside(shared: Shared, push: Iterator[None], parts: dict[int, int]) -> bool:
    """Delete the tag beside a push, which does so many steps before requests of these numbers; tell whether it went."""
    numbers = iter(range(100))

    def before(changes: bool) -> Perform:
        for _ in range(parts.get(next(numbers), 0)):
            next(push, None)
        return at_once(changes)

    went = False
    with contextlib.suppress(RegtoolError):
        shared.delete(SECOND, before)
        went = True
    deque(push, 0)
    return went


def test_one_that_was_set_in_this_very_second_goes_in_the_next(shared: Shared) -> None:
    shared.push(THIRD)
    shared.delete(THIRD)
    assert shared.folder() == []
    assert 0 < shared.paused <= 1


def test_killed_at_any_request_it_is_there_or_can_be_brought_back(shared: Shared) -> None:
    for number in range(1, 20):
        beside = prepared()
        try:
            beside.delete(SECOND, ends_at(number))
        except RegtoolError:
            if beside.current():
                assert beside.current() == digest(SECOND)
                beside.delete(SECOND)
            # As the next collection does.
            beside.tags().finish_deletions()
        else:
            assert number > 5
            return
        assert beside.folder() == [], number
        assert wanted(beside.tree(), *NAMES, None).digest == digest(SECOND)
    pytest.fail("it never ends")


def test_one_that_stands_again_without_any_history_is_left_as_it_is(shared: Shared) -> None:
    """As a tool writes it that is neither a registry nor ours."""
    link = f"{shared.registry.tag(*NAMES)}/current/link"
    requests = iter(range(100))

    def before(changes: bool) -> Perform:
        if next(requests) > 5 and link not in shared.store.objects:
            shared.store.put(link, digest(FIRST).encode())
        return at_once(changes)

    with pytest.raises(RegtoolError, match="pushed anew meanwhile"):
        shared.delete(SECOND, before)
    assert shared.current() == digest(FIRST)
    assert len(shared.folder()) == 3


def test_a_push_that_was_cut_off_beside_an_old_deletion_is_no_end_of_it(shared: Shared) -> None:
    shared.delete(SECOND)
    shared.time += 60
    link = f"{shared.registry.tag(*NAMES)}/index/sha256/{digest_of(THIRD)}/link"
    shared.store.put(link, digest(THIRD).encode())
    shared.tags().finish_deletions()
    assert link in shared.store.objects
    assert [version.digest for version in shared.past() if version.deleted] == [digest(SECOND)]


def test_what_was_deleted_lately_stays_and_what_can_be_brought_back_no_more_goes(shared: Shared) -> None:
    shared.delete(SECOND, tag="2")
    shared.delete(SECOND)
    second = bytes.fromhex(digest_of(SECOND))

    def kept(since: float) -> bool:
        reached = mark(shared.tree(), Rules(lambda _: False, undo_since=since)).reached
        return any(key.endswith(second) for key in reached)

    assert kept(shared.time - 60)
    assert not kept(shared.time)
    shared.tags().expire(shared.time - 60)
    assert kept(shared.time - 60)
    shared.tags().expire(shared.time)
    assert not kept(shared.time - 60)
    assert not [key for key in shared.store.objects if "/deleted/" in key]


def test_of_what_it_pointed_to_within_one_second_all_stays_that_may_have_been_the_last() -> None:
    shared = Shared()
    for content in (FIRST, SECOND):
        shared.push(content)
    shared.time += 600
    shared.push(THIRD)
    reached = mark(shared.tree(), Rules(lambda _: False, undo_since=shared.time - 60)).reached
    assert {key.hex()[-64:] for key in reached} >= {digest_of(FIRST), digest_of(SECOND), digest_of(THIRD)}
    assert [version.until for version in shared.past()] == [float(int(shared.time))] * 2 + [None]


@pytest.mark.parametrize("content", [b"", b"[]", json.dumps({"current": "x", "begun": {}}).encode()])
def test_a_note_that_cannot_be_read_may_mean_anything(shared: Shared, content: bytes) -> None:
    shared.delete(SECOND, tag="2")
    shared.delete(SECOND)
    for key in [key for key in shared.store.objects if "/deleted/" in key]:
        shared.store.put(key, content)
    reached = mark(shared.tree(), Rules(lambda _: False, undo_since=shared.time - 60)).reached
    assert {key.hex()[-64:] for key in reached} >= {digest_of(FIRST), digest_of(SECOND)}


def test_of_what_somebody_else_pushed_meanwhile_nothing_is_brought_back(shared: Shared) -> None:
    shared.delete(SECOND)
    numbers = iter(range(100))

    def before(changes: bool) -> Perform:
        if next(numbers) == 2:
            shared.push(THIRD)
        return at_once(changes)

    with pytest.raises(RegtoolError, match="pushed anew meanwhile"):
        shared.tags(before).bring_back(*NAMES, wanted(shared.tree(), *NAMES, None).key)
    assert shared.current() == digest(THIRD)
