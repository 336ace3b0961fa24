"""What a shell is offered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from solakube_core.cli.main import run

Offered = Callable[..., list[str]]


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Offered:
    """Tell what bash is offered behind `sk`; the last word is not complete."""

    def offered(*words: str) -> list[str]:
        environment = {"_SK_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(["sk", *words])}
        for name, value in {**environment, "COMP_CWORD": str(len(words))}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit):
            run([])
        printed = capsys.readouterr()
        assert printed.err == ""
        return [line.partition(",")[2] for line in printed.out.splitlines() if line]

    return offered


def test_an_unknown_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "csh"]) == 2
    assert "bash" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["deploy", "diff", "status", "undeploy", "maintain", "logs"])
def test_components_are_offered(command: str, offered: Offered) -> None:
    assert offered(command, "reg") == ["registry"]


def test_settings_are_offered(offered: Offered) -> None:
    assert offered("config", "REGISTRY_PV") == ["REGISTRY_PVC_SIZE"]
    assert "SK_CLUSTER" in offered("config", "SK_")


def test_commands_and_options_are_offered(offered: Offered) -> None:
    assert offered("registry", "garb") == ["garbage-collect"]
    assert "--older-than" in offered("registry", "delete", "--ol")


def test_where_nothing_is_deployed_nothing_is_offered(offered: Offered) -> None:
    assert offered("registry", "list", "x") == []
