"""What is told to people: nothing in it that a terminal obeys, and nothing that fills the screen."""

from __future__ import annotations

import pytest

from solakube_core.cli.terminal import Terminal
from solakube_core.wording import shown

Output = pytest.CaptureFixture[str]

COMMANDS = "\x1b[2J\x07\x9b31m\u202e\u200f\x7f\r"
"""What clears the screen, rings, colours, turns the direction of writing, and goes back to the line's beginning."""
LONG = "a" * 100_000


def test_progress_is_no_command_either(capsys: Output) -> None:
    terminal = Terminal()
    terminal.say(f"note: {COMMANDS}")
    terminal.now(f"waiting for {COMMANDS}")
    assert all(line.isprintable() for line in capsys.readouterr().err.split("\n"))


def test_lines_and_columns_of_a_quoted_log_stay() -> None:
    assert shown("it failed\n  why: one\n\ttwo") == "it failed\n  why: one\n    two"


def test_of_a_long_line_both_ends_stay() -> None:
    told = shown(f"begins {LONG} ends")
    assert told.startswith("begins aaa")
    assert told.endswith("aaa ends")
    assert "more characters" in told
    assert len(told) < 1100
