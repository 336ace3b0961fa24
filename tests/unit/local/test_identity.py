"""Whose data a folder holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.local.folders import Folders
from solakube_core.local.identity import check_unshared, claim, data_problems, identity
from solakube_core.local.recording import write_record
from solakube_core.local.records import Wanted


def _deployed(root: Path, name: str, data: Path) -> Folders:
    where = Folders(root / name / "registry", data)
    where.state.mkdir(parents=True)
    data.mkdir(exist_ok=True)
    claim(where)
    write_record(where.wanted, Wanted("registry", "registry/registry", str(data), ()))
    return where


def test_data_keeps_its_identity(tmp_path: Path) -> None:
    where = _deployed(tmp_path, "one", tmp_path / "data")
    assert identity(where.data) == claim(where) != ""
    assert list(data_problems(where, "registry")) == []


def test_two_installations_on_one_folder_are_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = _deployed(tmp_path, "one", data)
    link = tmp_path / "link"
    link.symlink_to(data)
    for folder in (data, link):
        other = Folders(tmp_path / "two" / "registry", folder)
        (problem,) = data_problems(other, "registry")
        assert "another installation works" in problem.what
        assert "installation one" in problem.why
        with pytest.raises(SolakubeError, match="another installation works"):
            check_unshared(other)
    first.wanted.unlink()
    assert list(data_problems(other, "registry")) == []


def test_a_folder_that_is_gone_is_refused(tmp_path: Path) -> None:
    where = _deployed(tmp_path, "one", tmp_path / "data")
    where.data.rename(tmp_path / "elsewhere")
    (problem,) = data_problems(where, "registry")
    assert "is not in" in problem.what


def test_a_mount_point_without_its_disk_is_refused(tmp_path: Path) -> None:
    where = _deployed(tmp_path, "one", tmp_path / "data")
    where.data.rename(tmp_path / "elsewhere")
    where.data.mkdir()
    (problem,) = data_problems(where, "registry")
    assert "mounted" in problem.why


def test_other_data_at_the_place_is_refused(tmp_path: Path) -> None:
    where = _deployed(tmp_path, "one", tmp_path / "data")
    other = _deployed(tmp_path, "two", tmp_path / "other")
    other.wanted.unlink()
    where.data.rename(tmp_path / "elsewhere")
    other.data.rename(where.data)
    (problem,) = data_problems(where, "registry")
    assert "other data" in problem.why


def test_data_that_was_moved_is_known_again(tmp_path: Path) -> None:
    where = _deployed(tmp_path, "one", tmp_path / "data")
    moved = where.data.rename(tmp_path / "elsewhere")
    assert list(data_problems(Folders(where.state, moved), "registry")) == []
