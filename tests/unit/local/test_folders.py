"""Where a component of this machine has its files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.local.data.folders import folders
from solakube_core.local.engine import LocalEngine
from solakube_core.local.state.recording import write_record
from solakube_core.local.state.records import Wanted
from solakube_core.local.status import deployed
from solakube_core.model import Backend
from solakube_core.settings import CORE_VARIABLES, Settings, load
from tests.unit.regtool.collecting import another_user


def _settings(home: Path, **environment: str) -> Settings:
    return load(CORE_VARIABLES, {"SK_CLUSTER": "two", "SK_CLUSTER_TYPE": "local", **environment}, home)


def test_each_installation_has_its_own(private_home: Path) -> None:
    found = folders("registry", _settings(private_home))
    assert found.data == private_home / ".local/share/solakube/two/registry"
    assert found.state == private_home / ".local/state/solakube/two/registry"
    assert found.layout.config == f"{found.state}/config"


def test_the_xdg_variables_move_them(private_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", "relative/is/ignored")
    found = folders("registry", _settings(private_home))
    assert found.data == tmp_path / "solakube/two/registry"
    assert found.state == private_home / ".local/state/solakube/two/registry"


def test_the_setting_wins_then_the_deployed_folder(private_home: Path) -> None:
    plain = folders("registry", _settings(private_home))
    plain.state.mkdir(parents=True)
    write_record(plain.wanted, Wanted("registry", "registry/registry", "/srv/deployed", ()))
    assert folders("registry", _settings(private_home)).data == Path("/srv/deployed")
    chosen = _settings(private_home, REGISTRY_DATA_DIR="~/chosen")
    assert folders("registry", chosen).data == private_home / "chosen"


def test_a_dash_in_the_name_is_an_underscore_in_the_variable(private_home: Path) -> None:
    chosen = _settings(private_home, MY_CACHE_DATA_DIR="/srv/cache")
    assert folders("my-cache", chosen).data == Path("/srv/cache")


def test_a_relative_folder_is_refused(private_home: Path) -> None:
    with pytest.raises(SolakubeError, match="no absolute path"):
        folders("registry", _settings(private_home, REGISTRY_DATA_DIR="images"))


BACKEND = Backend("registry", "registry", 5000, "http", {}, 5000, component="registry")


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the states of root, who has deployed a registry, in a home that all may look into."""
    if os.geteuid() != 0:
        pytest.skip("only root can be another user")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as home:
        Path(home).chmod(0o755)
        monkeypatch.setenv("HOME", home)
        state = Path(home) / ".local/state/solakube/two/registry"
        state.mkdir(parents=True)
        write_record(state / "wanted.json", Wanted("registry", "registry/registry", f"{home}/images", ()))
        yield state.parents[1]


@pytest.mark.parametrize("closed", ["two/registry", "two/registry/wanted.json"])
def test_an_installation_of_which_one_may_not_see_the_orders_is_not_taken_for_none(closed: str, states: Path) -> None:
    states.joinpath(closed).chmod(0)
    settings = _settings(states)
    with another_user():
        (found,) = deployed()
        assert not found.status.healthy
        assert [fact.subject for fact in found.status.facts] == ["records"]
        with pytest.raises(SolakubeError, match=r"wanted\.json cannot be read"):
            LocalEngine(settings).address(BACKEND)


@pytest.mark.parametrize("closed", [".", "two"])
def test_installations_that_one_may_not_see_are_not_taken_for_none(closed: str, states: Path) -> None:
    states.joinpath(closed).chmod(0)
    settings = _settings(states)
    with another_user():
        with pytest.raises(PermissionError):
            list(deployed())
        with pytest.raises(PermissionError):
            LocalEngine(settings).address(BACKEND)


def test_where_nothing_was_ever_deployed_there_is_nothing(private_home: Path) -> None:
    assert list(deployed()) == []
    assert LocalEngine(_settings(private_home)).address(BACKEND) is None


def test_a_damaged_installation_hides_no_other(private_home: Path) -> None:
    for name in ("one", "two"):
        state = private_home / ".local/state/solakube" / name / "registry"
        state.mkdir(parents=True)
        write_record(state / "wanted.json", Wanted("registry", "registry/registry", "/srv/deployed", ()))
    state.joinpath("wanted.json").write_text("{")
    state.with_name("registry.json").write_text("{")
    assert [found.status.facts[0].subject for found in deployed()] == ["sk", "records"]
