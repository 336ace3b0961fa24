"""Words and settings that nobody should give: each is told as what it is, whatever it holds, and nothing is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from solakube_core.cli.main import run

Output = pytest.CaptureFixture[str]


WORDS = {
    "no time": (["deploy", "registry", "--timeout", "nan"], "'nan' is no number of seconds"),
    "all time": (["deploy", "registry", "--timeout", "inf"], "is not in the range"),
    "a long time": (["deploy", "registry", "--timeout", "1e30"], "is not in the range"),
    "no time left": (["deploy", "registry", "--timeout", "0"], "is not in the range"),
    "less than no lines": (["logs", "registry", "-n", "-5"], "is not in the range"),
    "another format": (["status", "-o", "xml"], "'xml' is not one of"),
    "no format": (["status", "-o", ""], "'' is not one of"),
    "a setting that is none": (["config", ""], "no plugin declares ''"),
    "a command for terminals": (["config", "\x1b[2J"], "no plugin declares '\\x1b[2J'"),
    "two words for a setting": (["config", "A B"], "no plugin declares 'A B'"),
    "no command": ([""], "No such command ''"),
    "a dash": (["-"], "No such command '-'"),
    "no plugin": (["--no-plugin", "", "status"], "there is no plugin ''"),
    "no shell": (["completion", ""], "'' is not one of"),
    "a task that is a path": (["maintain", "registry", "../x"], "registry has no task '../x'"),
}


@pytest.mark.parametrize("case", WORDS)
def test_a_word_that_means_nothing_is_told(case: str, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    words, expected = WORDS[case]
    monkeypatch.setenv("SK_CLUSTER_TYPE", "local")
    assert run(words) == 2
    printed = capsys.readouterr().err
    assert expected in printed
    assert "\x1b" not in printed


@pytest.mark.parametrize("value", ["abc", "-5", "0", "1", "9" * 20, ""])
@pytest.mark.parametrize("name", ["COLUMNS", "LINES", "TZ", "LC_ALL", "TERM", "NO_COLOR", "TMPDIR"])
def test_whatever_the_terminal_is_said_to_be_nothing_is_cut(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    # No longer than it runs: pytest reads these, too.
    with monkeypatch.context() as changed:
        changed.setenv("SK_CLUSTER_TYPE", "local")
        changed.setenv(name, value)
        assert run(["config", "DEFAULT_PRIVATE_REGISTRY_FQN", "-o", "table"]) == 0
    assert "DEFAULT_PRIVATE_REGISTRY_FQN" in capsys.readouterr().out


def test_lines_beyond_number_are_all(tmp_path: Path) -> None:
    from solakube_core.engine import LogQuery
    from solakube_core.local.logs import lines

    tmp_path.joinpath("registry.log").write_text("one\ntwo\n")
    assert list(lines(tmp_path, "registry", LogQuery("", 10**30, False, False))) == ["one", "two"]
