"""Whose data a folder holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.local.data.folders import Folders
from solakube_core.local.data.identity import check_unshared, claim, data_problems, data_stays, strangers_at_work
from solakube_core.local.data.notes import identity, remembered
from solakube_core.local.data.others import lock
from solakube_core.local.machine.processes import mark
from solakube_core.local.state.recording import write_record
from solakube_core.local.state.records import Mark, Running, State, Wanted
from solakube_core.local.supervise.holding import Hold
from tests.processes.local.test_strangers import running


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


@pytest.mark.parametrize("place", ["child", "docker/registry/v2/mine", "link/child"])
def test_a_folder_within_another_components_data_is_refused(tmp_path: Path, place: str) -> None:
    first = _deployed(tmp_path, "one", tmp_path / "data")
    first.data.joinpath("link").symlink_to(first.data)
    other = Folders(tmp_path / "two" / "registry", first.data / place)
    (problem,) = data_problems(other, "registry")
    assert "within another component's data" in problem.what
    assert str(first.data) in problem.why
    first.wanted.unlink()
    assert list(data_problems(other, "registry")) == [problem]


def test_a_folder_within_another_components_configuration_is_refused(tmp_path: Path) -> None:
    first = _deployed(tmp_path, "one", tmp_path / "data")
    (problem,) = data_problems(Folders(tmp_path / "two" / "registry", first.state / "images"), "registry")
    assert "within another component's configuration" in problem.what


def test_a_folder_beside_others_is_welcome(tmp_path: Path) -> None:
    _deployed(tmp_path, "one", tmp_path / "data")
    assert list(data_problems(Folders(tmp_path / "two" / "registry", tmp_path / "data2"), "registry")) == []


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


def test_what_was_removed_remembers_its_data(tmp_path: Path) -> None:
    where = _deployed(tmp_path, "one", tmp_path / "data")
    where.wanted.unlink()
    assert remembered(where.state) == str(where.data)
    assert list(data_problems(where, "registry")) == []
    where.data.rename(tmp_path / "elsewhere")
    (problem,) = data_problems(where, "registry")
    assert "--new-data" in problem.remedy
    assert list(data_problems(where, "registry", new_data=True)) == []
    assert "stays in" in data_stays(Folders(where.state, tmp_path / "new"))
    assert data_stays(where) == ""


def test_a_folder_that_is_locked_is_refused_with_who_has_it(tmp_path: Path) -> None:
    where = Folders(tmp_path / "state" / "registry", tmp_path / "data")
    where.data.mkdir()
    held = lock(where.data)
    assert held is not None
    (problem,) = data_problems(where, "registry")
    assert "is in use" in problem.what
    assert f"process {os.getpid()}" in problem.why
    with pytest.raises(SolakubeError, match="is in use"):
        check_unshared(where)
    os.close(held)
    assert list(data_problems(where, "registry")) == []


def test_a_container_on_the_folder_is_named_with_how_to_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = Folders(tmp_path / "state" / "registry", tmp_path / "data")
    where.data.mkdir()
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\n[ "$3" = "volume={where.data}" ] && echo old-registry\n')
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(data_problems(where, "registry")) == []
    where.data.joinpath("docker").mkdir()
    (problem,) = data_problems(where, "registry")
    assert problem.remedy == "docker stop old-registry"


DAMAGED = ["", '{"identity": "', "[]", '{"data": 5}', "\udcff\udcfe"]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_note_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path, content: str) -> None:
    where = _deployed(tmp_path, "one", tmp_path / "data")
    where.wanted.unlink()
    for file in (tmp_path / "one/registry.json", where.data / ".solakube.json"):
        before = file.read_bytes()
        file.write_bytes(content.encode(errors="surrogateescape"))
        (problem,) = data_problems(where, "registry")
        assert problem.what == f"the note {file} is damaged"
        file.write_bytes(before)
    assert list(data_problems(where, "registry")) == []


@pytest.mark.parametrize("content", DAMAGED)
def test_without_a_note_of_where_the_data_is_no_other_folder_is_taken(tmp_path: Path, content: str) -> None:
    where = _deployed(tmp_path, "one", tmp_path / "data")
    tmp_path.joinpath("one/registry.json").write_bytes(content.encode(errors="surrogateescape"))
    assert remembered(where.state) == str(where.data)  # The orders tell it, too.
    where.wanted.unlink()
    with pytest.raises(SolakubeError, match="is damaged"):
        remembered(where.state)


def test_a_damaged_note_is_written_anew_where_the_data_tells_whose_it_is(tmp_path: Path) -> None:
    where = _deployed(tmp_path, "one", tmp_path / "data")
    known = identity(where.data)
    tmp_path.joinpath("one/registry.json").write_text("")
    assert list(data_problems(where, "registry")) == []
    assert Hold(where.state).take(where.data)
    assert claim(where) == known
    tmp_path.joinpath("one/registry.json").write_text("")
    where.data.joinpath(".solakube.json").unlink()
    assert not Hold(where.state).take(where.data)


def test_data_that_was_moved_is_known_again(tmp_path: Path) -> None:
    where = _deployed(tmp_path, "one", tmp_path / "data")
    moved = where.data.rename(tmp_path / "elsewhere")
    assert list(data_problems(Folders(where.state, moved), "registry")) == []


def test_a_number_that_another_process_has_by_now_is_not_the_registrys(tmp_path: Path) -> None:
    where = _deployed(tmp_path, "one", tmp_path / "data")
    with running("registry", "serve", f"--root={where.data}") as pid:
        for started, found in (("long ago", 1), (getattr(mark(pid), "started", ""), 0)):
            state = State(Mark(1, "long ago"), {"registry": Running("", Mark(pid, started), 0.0)})
            write_record(where.running, state)
            assert len(list(strangers_at_work(where, ["registry"]))) == found
