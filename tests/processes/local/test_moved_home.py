"""A home that was moved with all that is in it: data is known by its identity, wherever it lies."""

from __future__ import annotations

from pathlib import Path

from solakube_core.local.data.identity import claim, data_problems, data_stays
from solakube_core.local.data.notes import identity
from tests.unit.local.test_moved_home import before, cache, moved

__all__ = ["before", "moved"]


def test_its_data_is_found_there(moved: Path) -> None:
    where = cache()
    assert where.data == moved
    assert (list(data_problems(where, "cache")), data_stays(where)) == ([], "")
    assert claim(where) == identity(moved)
