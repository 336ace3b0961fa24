"""What takes long is named, and does not take for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from solakube_core.cli.main import run
from solakube_core.cli.patience import Patience
from solakube_core.cli.terminal import Terminal
from solakube_core.settings import bash
from tests.e2e.support.waiting import eventually
from tests.loopback import LoopbackServer, QuietHandler, serving

LIMIT = 60.0
CODE = """
from solakube_core.cli.main import main
from solakube_core.cli.patience import Patience
Patience.__init__.__defaults__ = (0.01,)  # In place of its seconds of silence.
main()
"""


def started(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CODE, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def line_with(process: subprocess.Popen[str], text: str) -> str:
    """Read what a process tells until it says this."""
    assert process.stderr is not None
    return next((line for line in process.stderr if text in line), "")


def test_it_is_said_after_a_while_what_is_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    told, end = "", time.monotonic() + LIMIT
    with Patience(Terminal(), "waiting for Godot", silence=0.01) as patience:
        while "Godot" not in told and time.monotonic() < end:
            told += capsys.readouterr().err
            time.sleep(0.01)
        patience.note("waiting for somebody else")
    assert told == "... waiting for Godot (0 s)\n"


def test_what_does_not_take_long_is_not_named(capsys: pytest.CaptureFixture[str]) -> None:
    with Patience(Terminal(), "waiting for Godot", silence=LIMIT):
        pass
    assert capsys.readouterr() == ("", "")


class Slow(QuietHandler):
    """Answers when it is told to."""

    answer = threading.Event()

    def do_GET(self) -> None:
        self.answer.wait(LIMIT)
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()


def test_a_server_that_does_not_answer_is_named() -> None:
    with serving(LoopbackServer(Slow)) as server, started("registry", "list", "--url", server.url) as process:
        assert f"... waiting for {server.url} (" in line_with(process, "waiting")
        Slow.answer.set()
        process.communicate(timeout=LIMIT)


# By bash itself: a program that it started would outlive it.
WAIT_FOR_EVER = "read <~/fifo\n"


@pytest.fixture
def variables(private_home: Path) -> Path:
    os.mkfifo(private_home / "fifo")
    file = private_home / ".solakube/globals/overrides/variables.sh"
    file.parent.mkdir(parents=True)
    return file


def test_variables_files_that_take_long_are_named_and_can_be_stopped(variables: Path, private_home: Path) -> None:
    variables.write_text(WAIT_FOR_EVER)
    with started("config") as process:
        assert "... reading the variables files (" in line_with(process, "reading")
        with (private_home / "fifo").open("w"):  # From here on bash waits.
            threads = Path(f"/proc/{process.pid}/task")
            eventually(lambda: len(list(threads.iterdir())) >= 3, "bash is watched, too", pause=0.01)
            process.send_signal(signal.SIGINT)
            _, rest = process.communicate(timeout=LIMIT)
    assert (process.returncode, rest.strip()) == (130, "stopped")


def test_variables_files_that_do_not_end_are_an_error(
    variables: Path, private_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, ended = threading.Event(), threading.Event()

    class Clock:
        """Stands still until bash waits; then a minute has passed."""

        @staticmethod
        def monotonic() -> float:
            return bash.LIMIT + 1 if waits.is_set() else 0.0

    def be_waited_for() -> None:
        with (private_home / "fifo").open("w"):
            waits.set()
            ended.wait(LIMIT)

    monkeypatch.setattr(bash, "time", Clock)
    monkeypatch.setattr(bash, "_LOOK", 0.01)
    variables.write_text("cexport REGISTRY_PORT 5001\n" + WAIT_FOR_EVER)
    writer = threading.Thread(target=be_waited_for, daemon=True)
    writer.start()
    assert run(["config"]) == 1
    ended.set()
    writer.join()
    told = capsys.readouterr().err
    assert f"{variables}:2: this does not end" in told


def test_a_loop_in_variables_files_fills_no_disk(
    variables: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bash, "_LARGEST_REPORT", 1000)
    monkeypatch.setattr(bash, "_LOOK", 0.01)
    variables.write_text("while :; do :; done\n")
    assert run(["config"]) == 1
    assert f"{variables}:1: this does not end" in capsys.readouterr().err
