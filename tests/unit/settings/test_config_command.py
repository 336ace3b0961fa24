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
    assert json.loads(capsys.readouterr().out)[0]["value"] == "local"
    assert run(["config", "NONSENSE"]) == 2
    assert "no plugin declares NONSENSE" in capsys.readouterr().err
