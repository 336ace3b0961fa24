"""Which commands turn to this machine: those for which no kubeconfig was named and none exists."""

from __future__ import annotations

from pathlib import Path

import pytest

from solakube_core.cli.main import run

UNUSABLE = {
    "missing": None,
    "without a context": "apiVersion: v1\nkind: Config\n",
    "broken": "not: [yaml",
    "of another format": "root:x:0:0:root:/root:/bin/sh\n",
}


@pytest.fixture(params=UNUSABLE)
def unusable(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file, text = tmp_path / "prod.yaml", UNUSABLE[request.param]
    if text is not None:
        file.write_text(text, encoding="utf-8")
    return file


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run([*arguments, "undeploy", "registry", "--yes", "--delete-data"]) == 1
    said = capsys.readouterr()
    assert "nothing to remove" not in said.out
    return said.err


def test_an_option_that_cannot_be_used_is_an_error(unusable: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert str(unusable) in refused(capsys, "--kubeconfig", str(unusable))


def test_a_variable_that_cannot_be_used_is_an_error(
    unusable: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", f"{unusable}:{unusable.parent}")
    assert "Is a directory" in refused(capsys)


def test_the_usual_kubeconfig_without_a_context_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    file = Path.home() / ".kube/config"
    file.parent.mkdir(parents=True)
    file.write_text("not: [yaml", encoding="utf-8")
    assert "names no current-context" in refused(capsys)


def test_a_kubeconfig_that_nests_without_end_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "prod.yaml"
    file.write_text("current-context: a\ncontexts: " + "[" * 400 + "]" * 400, encoding="utf-8")
    assert f"{file}: it is no kubeconfig" in refused(capsys, "--kubeconfig", str(file))


@pytest.mark.parametrize("option", ["--kubeconfig", "--context"])
def test_an_option_for_clusters_contradicts_local(
    option: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SK_CLUSTER_TYPE", "local")
    assert "no meaning on this machine" in refused(capsys, option, "prod")


@pytest.mark.parametrize("option", ["--kubeconfig", "--context"])
def test_an_empty_option_is_an_error(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is empty" in refused(capsys, option, "")
