"""Several processes' turns on one cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.support.turns import Turns

Begin = Callable[[bool], tuple[Turns, threading.Event]]


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Begins a turn, alone or not, in the background; the event is set once it has begun."""

    def started(alone: bool) -> tuple[Turns, threading.Event]:
        turns, begun = Turns(tmp_path / "turns"), threading.Event()

        def work() -> None:
            turns.begin(alone)
            begun.set()

        threading.Thread(target=work, daemon=True).start()
        return turns, begun

    return started


def waits(begun: threading.Event) -> bool:
    """Tell whether a turn has not begun within a moment: one that may begin does so at once."""
    return not begun.wait(0.2)


def test_tests_share_the_cluster(begin: Begin) -> None:
    turns = [begin(False) for _ in range(3)]
    assert all(begun.wait(60) for _, begun in turns)


def test_one_that_needs_it_alone_waits_for_all_others_and_is_overtaken_by_nobody(begin: Begin) -> None:
    first, begun = begin(False)
    assert begun.wait(60)
    alone, alone_begun = begin(True)
    assert waits(alone_begun)
    _, next_begun = begin(False)
    assert waits(next_begun)
    first.end()
    assert alone_begun.wait(60)
    assert waits(next_begun)
    alone.end()
    assert next_begun.wait(60)


def test_one_after_the_other_keeps_it(begin: Begin) -> None:
    turns, begun = begin(True)
    assert begun.wait(60)
    _, other = begin(False)
    turns.begin(True)
    assert waits(other)
    turns.begin(False)
    assert other.wait(60)
