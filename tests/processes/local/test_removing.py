"""Removing data folders of all kinds."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.local.data.folders import MADE_BY_SK, Folders
from solakube_core.local.data.identity import claim
from solakube_core.local.keep import keeper
from solakube_core.local.removing import remove
from solakube_core.local.state.recording import write_record
from solakube_core.local.state.records import Wanted
from tests.processes.local.test_strangers import running


class Quiet:
    def now(self, text: str) -> None:
        """Say nothing."""

    def say(self, text: str) -> None:
        """Say nothing."""


def _data(folder: Path) -> Path:
    folder.joinpath("docker/registry").mkdir(parents=True)
    folder.joinpath(MADE_BY_SK).touch()
    folder.joinpath("link").symlink_to("/nowhere")
    return folder


def test_a_data_folder_goes_as_a_whole(tmp_path: Path) -> None:
    data = _data(tmp_path / "data")
    remove(Folders(tmp_path / "state", data), "no-unit", True, Quiet())
    assert not data.exists()


def test_of_a_linked_data_folder_the_link_and_its_empty_target_stay(tmp_path: Path) -> None:
    target, link = _data(tmp_path / "disk"), tmp_path / "link"
    link.symlink_to(target)
    remove(Folders(tmp_path / "state", link), "no-unit", True, Quiet())
    assert link.is_symlink()
    assert list(target.iterdir()) == []


def test_links_among_the_state_are_removed_and_not_followed(tmp_path: Path) -> None:
    elsewhere, state = tmp_path / "elsewhere", tmp_path / "solakube/local/registry"
    elsewhere.joinpath("config").mkdir(parents=True)
    elsewhere.joinpath("config/mine").touch()
    elsewhere.joinpath("state").mkdir()
    state.parent.mkdir(parents=True)
    state.symlink_to(elsewhere / "state")
    state.joinpath("config").symlink_to(elsewhere / "config")
    state.joinpath("wanted.json").write_text("damaged")
    remove(Folders(state, tmp_path / "data"), "no-unit", False, Quiet())
    assert not state.is_symlink()
    assert elsewhere.joinpath("config/mine").exists()
    assert list(elsewhere.joinpath("state").iterdir()) == []


def test_data_on_which_a_program_of_others_works_is_not_removed(tmp_path: Path) -> None:
    where = Folders(tmp_path / "state/registry", _data(tmp_path / "data"))
    where.state.mkdir(parents=True)
    claim(where, ("registry", "docker-registry"))
    with (
        running("registry", "serve", f"--root={where.data}") as pid,
        pytest.raises(SolakubeError, match="is in use") as refused,
    ):
        remove(where, "no-unit", True, Quiet())
    assert f"by process {pid}" in refused.value.problems[0].why
    assert where.data.joinpath("docker").exists()
    remove(where, "no-unit", True, Quiet())
    assert not where.data.exists()


@pytest.mark.parametrize("inner", ["mine", "docker/registry/v2/mine", "mine/deeper"])
def test_another_installations_data_in_it_is_not_removed_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inner: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "states"))
    outer = Folders(tmp_path / "states/solakube/one/registry", _data(tmp_path / "data"))
    other = Folders(tmp_path / "states/solakube/two/registry", outer.data / inner)
    other.data.mkdir(parents=True)
    other.state.mkdir(parents=True)
    claim(other)
    write_record(other.wanted, Wanted("registry", "registry/registry", str(other.data), ()))
    with pytest.raises(SolakubeError, match="registry of installation two has its data in it"):
        remove(outer, "no-unit", True, Quiet())
    assert other.data.exists()
    other.wanted.unlink()
    remove(outer, "no-unit", True, Quiet())
    assert not outer.data.exists()


def test_what_others_made_is_not_removed(tmp_path: Path) -> None:
    data = _data(tmp_path / "data")
    data.joinpath(MADE_BY_SK).unlink()
    with pytest.raises(SolakubeError, match="is not removed"):
        remove(Folders(tmp_path / "state", data), "no-unit", True, Quiet())
    assert data.joinpath("docker").exists()


def test_nobody_deploys_what_is_being_removed(tmp_path: Path) -> None:
    """Whoever begins to deploy at any moment of it is told, or begins when all is gone."""
    where = Folders(tmp_path / "solakube/local/cache", _data(tmp_path / "data"))
    where.config.mkdir(parents=True)
    claim(where)
    write_record(where.wanted, Wanted("cache", "cache/cache", str(where.data), ()))
    refused: list[str] = []

    class Meddler(Quiet):
        def say(self, text: str) -> None:
            with pytest.raises(SolakubeError, match="another `sk` is changing cache"), keeper.alone(where):
                pass
            refused.append(text)

        now = say

    remove(where, "no-unit", True, Meddler())
    assert refused == ["ending what runs", f"removed the data in {where.data}"]
    assert not where.state.exists()


def test_a_lock_that_was_removed_with_all_of_the_state_locks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = Folders(tmp_path / "cache", tmp_path / "data")
    busy = pytest.raises(SolakubeError, match="another `sk` is changing cache")
    with busy, keeper.alone(where):
        pass
    where.state.mkdir()
    flock = fcntl.flock

    def late(*given: Any) -> None:
        # It goes between being opened and being locked.
        where.lock.unlink()
        flock(*given)

    monkeypatch.setattr(fcntl, "flock", late)
    with busy, keeper.alone(where):
        pass


def test_where_no_files_can_be_locked_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", unsupported)
    where = Folders(tmp_path, tmp_path / "data")
    with pytest.raises(SolakubeError, match="lies where no files can be locked") as refused, keeper.alone(where):
        pass
    assert "XDG_STATE_HOME" in refused.value.problems[0].remedy
