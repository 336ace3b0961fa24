"""Where a component of this machine has its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.local.data.folders import folders
from solakube_core.local.state.recording import write_record
from solakube_core.local.state.records import Wanted
from solakube_core.settings import CORE_VARIABLES, Settings, load


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
