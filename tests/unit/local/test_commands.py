"""Commands on a machine on which nothing is deployed: no cluster, nothing changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from solakube_core.cli.main import run
from solakube_core.errors import SolakubeError
from solakube_core.local.data.folders import folders
from solakube_core.settings import load


def test_the_status_of_what_is_not_deployed_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "registry"]) == 1
    said = capsys.readouterr()
    assert said.out == "registry is not deployed on this machine (installation local)\n"
    assert said.err == "no kubeconfig found: working on this machine (SK_CLUSTER_TYPE=local)\n"


def test_nothing_is_there_to_remove(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["undeploy", "registry", "--yes", "--delete-data"]) == 0
    assert "nothing to remove" in capsys.readouterr().out


def test_a_program_finds_nothing_to_run_beside(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["registry", "regtool", "list"]) == 1
    assert "registry is not deployed on this machine" in capsys.readouterr().err


def test_help_succeeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--help"]) == 0
    assert "sk status registry" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["undeploy", "--yes"],
        ["deploy", "--dry-run"],
        ["diff"],
        ["maintain"],
        ["storage", "explain"],
        ["logs"],
    ],
)
def test_a_misspelt_component_is_told_with_the_one_that_was_meant(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("REGISTRY_ADMIN_PASSWORD", "secret")
    words, options = [word for word in command if word[0] != "-"], [word for word in command if word[0] == "-"]
    assert run([*words, "regsitry", *options]) == 1
    assert "did you mean registry?" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["status", "undeploy", "deploy", "diff", "maintain", "logs"])
@pytest.mark.parametrize("name", ["Registry", "registry ", "regi_stry"])
def test_a_word_that_no_component_can_be_called_is_told_likewise(
    capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    assert run([command, name]) == 1
    assert "did you mean registry?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["deploy", "registry", "--dry-run", "--render"], "--dry-run does not go with --render"),
        (["deploy", "registry", "--render", "-o", "json"], "--output json does not go with --render"),
        (["undeploy", "registry", "--dry-run", "--yes"], "--dry-run does not go with --yes"),
        (["registry", "prune", "--dry-run", "--yes"], "--dry-run does not go with --yes"),
        (["deploy", "registry", "--show-secrets"], "--show-secrets goes with --render"),
        (["logs", "registry", "--previous", "--follow"], "--previous does not go with --follow"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert run(words) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", " ", ".", "..", "../local", "a/b", "registry/", "/", "Registry", "a\nb"])
@pytest.mark.parametrize("options", [[], ["--delete-data"]])
def test_what_cannot_be_a_component_is_never_taken_for_a_folder(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, options: list[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    kept = [tmp_path / f".local/{kind}/solakube/local/registry/file" for kind in ("state", "share")]
    for file in kept:
        file.parent.mkdir(parents=True)
        file.touch()
    assert run(["undeploy", name, "--yes", *options]) == 1
    assert f"no installed plugin deploys {name!r}" in capsys.readouterr().err
    assert all(file.exists() for file in kept)
    with pytest.raises(SolakubeError, match="cannot be the name of a component"):
        folders(name, load((), {"SK_CLUSTER_TYPE": "local"}, tmp_path))


@pytest.mark.parametrize("command", [["usage"], ["fsck"], ["regtool", "list"], ["regtool", "delete", "app:*"]])
@pytest.mark.parametrize("url", ["", " "])
def test_an_empty_url_does_not_mean_ones_own_registry(
    capsys: pytest.CaptureFixture[str], command: list[str], url: str
) -> None:
    assert run(["registry", *command, "--url", url]) == 2
    assert "it is empty" in capsys.readouterr().err


@pytest.mark.parametrize(("options", "code"), [([], 1), (["--exit-code"], 2)])
def test_what_cannot_be_compared_is_no_difference(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, options: list[str], code: int
) -> None:
    monkeypatch.setenv("REGISTRY_ADMIN_PASSWORD", "secret")
    monkeypatch.setenv("REGISTRY_PORT", "none")
    assert run(["diff", "registry", *options]) == code
    assert "REGISTRY_PORT" in capsys.readouterr().err
