"""A home that was moved with all that is in it: data is known by its identity, wherever it lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from solakube_core.local.data.folders import Folders, folders
from solakube_core.local.data.identity import claim, data_problems
from solakube_core.local.state.recording import write_record
from solakube_core.local.state.records import Wanted
from solakube_core.settings import CORE_VARIABLES, load


def cache() -> Folders:
    """Return the folders of a component in the home of this moment."""
    return folders("cache", load(CORE_VARIABLES, {"SK_CLUSTER": "one", "SK_CLUSTER_TYPE": "local"}, Path.home()))


@pytest.fixture
def before(private_home: Path) -> Folders:
    """A component that is deployed there."""
    where = cache()
    assert where.data.is_relative_to(private_home)
    for folder in (where.state, where.data):
        folder.mkdir(parents=True)
    claim(where)
    write_record(where.wanted, Wanted("cache", "cache/cache", str(where.data), ()))
    return where


@pytest.fixture
def moved(before: Folders, private_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where its data is since the home was moved."""
    elsewhere = tmp_path / "elsewhere"
    private_home.rename(elsewhere)
    monkeypatch.setenv("HOME", str(elsewhere))
    return elsewhere / before.data.relative_to(private_home)


@pytest.mark.parametrize("there", [None, "{", '{"identity": "another"}'])
def test_what_is_not_that_data_is_not_taken_for_it(before: Folders, moved: Path, there: str | None) -> None:
    note = moved / ".solakube.json"
    note.write_text(there) if there else note.unlink()
    where = cache()
    assert where.data == before.data
    assert [problem.what for problem in data_problems(where, "cache")] == [f"the data of cache is not in {where.data}"]


def test_a_copy_is_not_taken_while_the_data_is_where_it_was(before: Folders, moved: Path) -> None:
    before.data.parent.mkdir(parents=True)
    moved.rename(before.data)
    assert cache().data == before.data
