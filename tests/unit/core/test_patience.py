"""What takes long is named, and does not take for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from solakube_core.cli.main import run
from solakube_core.cli.patience import Patience
from solakube_core.cli.terminal import Terminal
from solakube_core.settings import bash

LIMIT = 60.0
# The tests themselves may run in the background, where Ctrl-C is not heeded.
CODE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from solakube_core.cli.main import main
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


class Slow(BaseHTTPRequestHandler):
    """Answers when it is told to."""

    answer = threading.Event()

    def do_GET(self) -> None:
        self.answer.wait(LIMIT)
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_server_that_does_not_answer_is_named() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        host = f"http://127.0.0.1:{server.server_port}"
        with started("registry", "list", "--url", host) as process:
            assert f"... waiting for {host} (" in line_with(process, "waiting")
            Slow.answer.set()
            process.communicate(timeout=LIMIT)
        server.shutdown()


# By bash itself: a program that it started would outlive it.
WAIT_FOR_EVER = "read <~/fifo\n"


@pytest.fixture
def variables(private_home: Path) -> Path:
    os.mkfifo(private_home / "fifo")
    file = private_home / ".solakube/globals/overrides/variables.sh"
    file.parent.mkdir(parents=True)
    return file


def test_variables_files_that_take_long_are_named_and_can_be_stopped(variables: Path) -> None:
    variables.write_text(WAIT_FOR_EVER)
    with started("config") as process:
        assert "... reading the variables files (" in line_with(process, "reading")
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=LIMIT)
    assert (process.returncode, rest.strip()) == (130, "stopped")


def test_variables_files_that_do_not_end_are_an_error(
    variables: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bash, "LIMIT", 0.0)
    variables.write_text("cexport REGISTRY_PORT 5001\n" + WAIT_FOR_EVER)
    assert run(["config"]) == 1
    told = capsys.readouterr().err
    assert f"{variables}:2: this does not end" in told


def test_a_loop_in_variables_files_fills_no_disk(
    variables: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bash, "_LARGEST_REPORT", 1000)
    variables.write_text("while :; do :; done\n")
    assert run(["config"]) == 1
    assert f"{variables}:1: this does not end" in capsys.readouterr().err
