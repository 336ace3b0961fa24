"""What is not deployed in a cluster: every command says so in the same words."""

from __future__ import annotations

from pathlib import Path

import pytest

from solakube_core.cli.main import run
from tests.unit.kube.api_server import ApiServer, kubeconfig, refusal

WORDS = "registry is not deployed on cluster test (context test), namespace registry"
COMMANDS = (
    ["logs", "registry"],
    ["registry", "list"],
    ["registry", "usage"],
    ["registry", "fsck"],
    ["registry", "check"],
    ["registry", "garbage-collect"],
    ["registry", "forward", "--port", "0"],
    ["registry", "verify"],
    ["registry", "user", "list"],
    ["registry", "user", "add", "web"],
    ["registry", "user", "rotate", "--all"],
    ["registry", "user", "remove", "web", "--yes"],
)


@pytest.fixture(autouse=True)
def cluster(server: ApiServer, private_home: Path, monkeypatch: pytest.MonkeyPatch) -> ApiServer:
    monkeypatch.setenv("KUBECONFIG", kubeconfig(private_home / "config", server.url))
    monkeypatch.setenv("REGISTRY_ADMIN_PASSWORD", "x")
    return server


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_that_needs_it_says_so_with_what_to_do(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command) == 1
    told = capsys.readouterr().err
    assert f"error: {WORDS}\n" in told
    assert told.endswith("what to do: deploy it: sk deploy registry\n")


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        (["status", "registry"], 1, f"{WORDS}\n"),
        (["undeploy", "registry", "--yes"], 0, f"{WORDS}: nothing to remove\n"),
    ],
)
def test_a_command_that_looks_for_it_tells_that_as_its_result(
    command: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command) == code
    assert capsys.readouterr().out == told


def test_who_may_not_look_is_not_told_that_it_is_not_there(
    cluster: ApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.faults["/api/v1/namespaces/registry/configmaps/solakube-registry"] = refusal(
        403, "you may not", "Forbidden"
    )
    assert run(["registry", "list"]) == 1
    told = capsys.readouterr().err
    assert "not deployed" not in told
    assert "there are no pods at all" in told
