from __future__ import annotations

import json
from pathlib import Path

import pytest

from solakube_core.cli.config import config_rows
from solakube_core.cli.main import run
from solakube_core.settings import Variable, load

VARIABLES = (
    Variable("WIKI_PASSWORD", None, "password", secret=True),
    Variable("WIKI_FQN", "wiki.test", "public name", "dns-name"),
    Variable("WIKI_TOKEN", None, "token", secret=True),
)


def test_rows_are_sorted_and_secrets_masked(tmp_path: Path) -> None:
    settings = load(VARIABLES, {"WIKI_PASSWORD": "hush"}, tmp_path)
    rows = [(row.name, row.value, row.origin) for row in config_rows(settings, VARIABLES)]
    assert rows == [
        ("WIKI_FQN", "wiki.test", "default"),
        ("WIKI_PASSWORD", "********", "environment"),
        ("WIKI_TOKEN", "", "unset"),
    ]


def test_the_command_tells_value_origin_and_meaning(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_PVC_SIZE", "20Gi")
    monkeypatch.setenv("REGISTRY_ADMIN_PASSWORD", "hush")
    monkeypatch.setenv("REGISTRY_PVCSIZE", "30Gi")
    assert run(["config", "REGISTRY_PVC_SIZE", "REGISTRY_ADMIN_PASSWORD"]) == 0
    out, err = capsys.readouterr()
    assert "REGISTRY_PVC_SIZE=20Gi  [environment]  size of the volume" in out
    assert "REGISTRY_ADMIN_PASSWORD=********  [environment]" in out
    assert "hush" not in out + err
    assert "REGISTRY_PVCSIZE (environment) is not a setting; did you mean REGISTRY_PVC_SIZE?" in err


def test_json_and_unknown_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "--json", "SK_CLUSTER_TYPE"]) == 0
    assert json.loads(capsys.readouterr().out)["items"][0]["value"] == "local"
    assert run(["config", "NONSENSE"]) == 2
    assert "no plugin declares 'NONSENSE'" in capsys.readouterr().err


def test_secrets_are_shown_on_demand_and_never_in_json_otherwise(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_ADMIN_PASSWORD", "hush")
    assert run(["config", "--json"]) == 0
    assert "hush" not in capsys.readouterr().out
    assert run(["config", "--json", "--show-secrets", "REGISTRY_ADMIN_PASSWORD"]) == 0
    assert json.loads(capsys.readouterr().out)["items"][0]["value"] == "hush"


def test_a_variable_that_two_plugins_declare_is_listed_once_and_stays_secret(tmp_path: Path) -> None:
    variables = (Variable("TOKEN", None, "of one", secret=True), Variable("TOKEN", None, "of another"))
    rows = list(config_rows(load(variables, {"TOKEN": "hush"}, tmp_path), variables))
    assert [(row.name, row.value) for row in rows] == [("TOKEN", "********")]


def test_an_unset_variable_names_what_its_default_needs(tmp_path: Path) -> None:
    variables = (Variable("WIKI_FQN", "wiki.${CLUSTER_FQN}", "public name"),)
    (row,) = config_rows(load(variables, {}, tmp_path), variables)
    assert (row.value, row.origin) == ("", "unset, needs CLUSTER_FQN")


def test_no_value_can_command_the_terminal_or_break_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_IMAGE", "a\nb\x1b[2J\udcff")
    assert run(["config", "REGISTRY_IMAGE"]) == 0
    assert "REGISTRY_IMAGE=a\\nb\\x1b[2J\\udcff  [environment]" in capsys.readouterr().out


def test_a_misspelt_name_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "REGISTRY_PVCSIZE"]) == 2
    assert "did you mean REGISTRY_PVC_SIZE?" in capsys.readouterr().err


def test_a_value_that_does_not_fit_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_PVC_SIZE", "10GB")
    assert run(["config", "REGISTRY_PVC_SIZE"]) == 0
    assert "problem: REGISTRY_PVC_SIZE: '10GB' is not a Kubernetes quantity" in capsys.readouterr().err
