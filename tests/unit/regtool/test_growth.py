"""A collection's cost grows as the registry does: what takes a look at everything is done some few times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
from solakube_regtool.alive.mark import mark
from solakube_regtool.collect import candidates, living, run
from solakube_regtool.collect.barrier import Clock
from solakube_regtool.collect.newcomers import Look, Newcomers
from solakube_regtool.collect.report import Options
from solakube_regtool.collect.trash import Trash
from solakube_regtool.storage.tree import Tree

from tests.unit.regtool.collecting import age, collected
from tests.unit.retention.trees import SmallTree

NOW = Options(grace=0, settle=0, wait=False, untagged_grace=0)
LOOK, MOVE = 1.0, 0.01
"""Seconds that the tested registry's clock takes for a look at all repositories, and for moving a blob."""


def garbage(tree: SmallTree, images: int) -> int:
    """Make images without a tag, three blobs each; returns how many blobs there are."""
    for number in range(images):
        tree.image("team/app", "", [b"layer %d" % number])
    age(tree)
    return 3 * images


class Passes:
    """Counts the passes over everything."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.marks = self.links = 0
        monkeypatch.setattr(living, "mark", self._counted("marks", mark))
        monkeypatch.setattr(candidates, "links_to", self._counted("links", candidates.links_to))

    def _counted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            setattr(self, name, getattr(self, name) + 1)
            return function(*arguments)

        return counted


@pytest.mark.parametrize("images", [20, 40])
def test_a_run_over_twice_as_many_blobs_looks_at_everything_as_often(
    small_tree: SmallTree, images: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(living, "SLICE", 2)
    passes, blobs = Passes(monkeypatch), garbage(small_tree, images)
    assert collected(small_tree).blobs == blobs
    assert (passes.marks, passes.links) == (1 + living.MOST_SLICES, living.MOST_SLICES)


def test_what_fits_into_memory_is_looked_at_once(small_tree: SmallTree, monkeypatch: pytest.MonkeyPatch) -> None:
    passes, blobs = Passes(monkeypatch), garbage(small_tree, 20)
    assert collected(small_tree).blobs == blobs
    assert (passes.marks, passes.links) == (2, 1)


def test_a_dry_run_looks_as_often(small_tree: SmallTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(living, "SLICE", 2)
    passes, blobs = Passes(monkeypatch), garbage(small_tree, 20)
    report = run.collect(Tree(str(small_tree.data)), Options(grace=0, untagged_grace=0, dry_run=True))
    assert report.blobs == blobs
    assert (passes.marks, passes.links) == (1, living.MOST_SLICES)


class SlowClock(Clock):
    """Tells the seconds that looks and moves have taken."""

    def __init__(self) -> None:
        self.looks, self.moves = 0, 0

    def monotonic(self) -> float:
        return self.looks * LOOK + self.moves * MOVE


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowClock]:
    """The clock of a registry with so many repositories that looking at them takes a second."""
    clock = SlowClock()

    def look(newcomers: Newcomers, real: Callable[[Newcomers], Look] = Newcomers.look) -> Look:
        clock.looks += 1
        return real(newcomers)

    def move(trash: Trash, key: bytes, real: Callable[[Trash, bytes], bool] = Trash.move) -> bool:
        clock.moves += 1
        return real(trash, key)

    monkeypatch.setattr(run, "Clock", lambda: clock)
    with mock.patch.object(Newcomers, "look", look), mock.patch.object(Trash, "move", move):
        yield clock


def test_where_no_metrics_tell_looks_leave_time_to_move(small_tree: SmallTree, slow: SlowClock) -> None:
    blobs = garbage(small_tree, 200)
    run.collect(Tree(str(small_tree.data)), NOW)
    assert slow.moves == blobs
    # Two looks for each stretch that is as long as one of them, and one at the end.
    assert slow.looks <= 2 * (1 + blobs * MOVE / LOOK) + 1


def test_a_killed_run_keeps_what_earlier_slices_have_freed(
    small_tree: SmallTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(living, "SLICE", 2)
    blobs = garbage(small_tree, 20)
    freed: list[bytes] = []

    def empty(trash: Trash, key: bytes, real: Callable[[Trash, bytes], None] = Trash.empty) -> None:
        if len(freed) > blobs // 2:
            raise KeyboardInterrupt
        freed.append(key)
        real(trash, key)

    with mock.patch.object(Trash, "empty", empty), pytest.raises(KeyboardInterrupt):
        run.collect(Tree(str(small_tree.data)), NOW)
    left = set(Tree(str(small_tree.data)).blob_keys())
    assert len(left) == blobs - len(freed)
    assert left.isdisjoint(freed)


def test_slices_are_as_many_whatever_there_is() -> None:
    assert [living.slice_size(count) for count in (0, 1000, 200_000, 1_000_000)] == [50_000, 50_000, 50_000, 250_000]
