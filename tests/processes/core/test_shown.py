"""What is told to people: nothing in it that a terminal obeys, and nothing that fills the screen."""

from __future__ import annotations

import pytest

from solakube_core.cli.main import run
from tests.unit.core.test_shown import COMMANDS, LONG, Output

WORDS = {
    "a component": ["deploy", "{}"],
    "a component to remove": ["undeploy", "{}", "--yes"],
    "a setting": ["config", "{}"],
    "a command": ["{}"],
    "a word to help with": ["help", "{}"],
    "an option": ["status", "--{}"],
    "a format": ["registry", "list", "-o", "{}"],
    "a policy": ["registry", "prune", "--policy", "{}"],
    "a duration": ["registry", "usage", "--grace", "{}"],
    "a moment": ["registry", "undelete", "a:b", "--at", "{}"],
    "an object to remove": ["undeploy", "registry", "--yes", "--delete-also", "{}"],
    "a folder of backups": ["registry", "backup", "list", "/tmp/{}"],
    "an application": ["registry", "show-private", "{}"],
    "a plugin": ["--no-plugin", "{}", "status"],
}


def _refused(words: list[str], given: str, output: Output) -> str:
    assert run([word.format(given) for word in words]) in (1, 2)
    printed = output.readouterr()
    assert printed.out == ""
    assert "internal error" not in printed.err
    return printed.err


@pytest.mark.parametrize("case", WORDS)
def test_no_error_says_to_a_terminal_what_it_was_given(
    case: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setenv("SK_CLUSTER_TYPE", "local")
    told = _refused(WORDS[case], f"a{COMMANDS}b", capsys)
    assert all(line.isprintable() for line in told.split("\n"))


@pytest.mark.parametrize("case", WORDS)
def test_no_error_is_longer_than_a_screen(case: str, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setenv("SK_CLUSTER_TYPE", "local")
    assert len(_refused(WORDS[case], LONG, capsys)) < 5000
