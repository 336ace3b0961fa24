"""How many grace periods a collection waits for with `--wait`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from solakube_regtool.collect.collector import Collector

from tests.model.moments import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A registry that nobody else works in."""
    return Scene(tmp_path / "data", Collector)


def grace_periods(scene: Scene) -> Iterator[int]:
    """Let a collection go on that waits; gives the number of each grace period before it is waited for."""
    scene.world.begin_collection(wait=True)
    count = 0
    while step := scene.world.collect():
        if step.name == "grace period" and step.pause:
            count += 1
            yield count


def test_what_nobody_has_used_for_long_is_not_waited_for(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    scene.world.pass_a_day()
    assert list(grace_periods(scene)) == []
    assert not scene.has(content)


def test_what_was_used_lately_is_waited_for_once(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    assert list(grace_periods(scene)) == [1]
    assert not scene.has(content)


def test_what_is_used_within_the_first_is_waited_for_twice(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    for number in grace_periods(scene):
        assert number == 1 or scene.has(content)
        assert number <= 2
        if number == 1:
            assert scene.asks(content)
    assert not scene.has(content)


def test_what_is_used_within_both_stays(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    periods = 0
    for number in grace_periods(scene):
        periods = number
        assert scene.asks(content)
    assert periods == 2
    assert scene.has(content)
    assert scene.has(b"layer")
