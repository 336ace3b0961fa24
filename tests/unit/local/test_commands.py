"""Commands on a machine on which nothing is deployed: no cluster, nothing changed."""

from __future__ import annotations

import pytest

from solakube_core.cli.main import run


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
