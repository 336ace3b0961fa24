"""The command line in the hand: help, words that were meant, streams, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from solakube_core import __version__
from solakube_core.cli.main import run

Output = pytest.CaptureFixture[str]
CODE = "import sys; from solakube_core.cli.main import main; main()"
LIMIT = 60.0


def sk(
    *arguments: str, stdout: int | IO[str] = subprocess.PIPE, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", CODE, *arguments]
    environment = {**os.environ, **(environ or {})}
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, env=environment, timeout=LIMIT, check=False)


@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        ([], "Usage: sk [OPTIONS]"),
        (["help"], "Usage: sk [OPTIONS]"),
        (["registry"], "Usage: sk registry [OPTIONS]"),
        (["registry", "regtool"], "Usage: sk registry regtool [OPTIONS]"),
        (["storage"], "Usage: sk storage [OPTIONS]"),
        (["help", "deploy"], "Usage: sk deploy [OPTIONS]"),
        (["help", "registry", "prune"], "Usage: sk registry prune [OPTIONS]"),
        (["maintain", "registry", "--help"], "Usage: sk maintain [OPTIONS]"),
        (["maintain", "registry", "garbage-collect", "--help"], "Usage: sk registry garbage-collect [OPTIONS]"),
        (["version"], f"sk, version {__version__}"),
        (["--version"], f"sk, version {__version__}"),
    ],
)
def test_help_and_version_are_results(capsys: Output, arguments: list[str], begins: str) -> None:
    assert run(arguments) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith(begins)
    assert printed.err in ("", "no kubeconfig found: working on this machine (SK_CLUSTER_TYPE=local)\n")


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["deplyo", "registry"], "sk deploy"),
        (["statsu"], "sk status"),
        (["regsitry"], "sk registry"),
        (["registry", "lst"], "sk registry list"),
        (["registry", "gc"], "sk registry garbage-collect"),
        (["registry", "regtool", "delte"], "sk registry regtool delete"),
        (["prune"], "sk registry prune"),
        (["list"], "sk registry list"),
        (["explain"], "sk storage explain"),
        (["help", "deplyo"], "sk deploy"),
        (["help", "registry", "purne"], "sk registry prune"),
    ],
)
def test_a_misspelt_command_is_told_with_the_one_that_was_meant(
    capsys: Output, arguments: list[str], meant: str
) -> None:
    assert run(arguments) == 2
    assert f"Did you mean `{meant}`?" in capsys.readouterr().err


def test_a_word_that_resembles_nothing_gets_no_advice(capsys: Output) -> None:
    assert run(["xyzzy"]) == 2
    told = capsys.readouterr().err
    assert "No such command 'xyzzy'." in told
    assert "mean" not in told


@pytest.mark.parametrize(
    "arguments",
    [["--debug", "config"], ["config", "--debug"], ["config", "--debug", "REGISTRY_FQN"], ["registry", "--debug"]],
)
def test_debug_may_stand_anywhere(capsys: Output, arguments: list[str]) -> None:
    assert run(arguments) == 0
    assert capsys.readouterr().out


def test_what_follows_a_double_dash_is_no_option(capsys: Output) -> None:
    assert run(["config", "--", "--debug"]) == 2
    assert "no plugin declares '--debug'" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["config"], ["config", "-o", "json"]])
def test_a_full_device_is_told_in_one_sentence(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = sk(*arguments, stdout=full)
    assert done.returncode == 1
    assert done.stderr.endswith(b"error: the result could not be written\n  why: No space left on device\n")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "stream"),
    [
        (["config"], "0"),
        (["config"], "1"),
        (["config"], "2"),
        (["status", "registry"], "1"),
        (["undeploy", "registry"], "0"),
    ],
)
def test_a_closed_stream_is_no_defect(arguments: list[str], stream: str) -> None:
    command = ["sh", "-c", f'exec "$@" {stream}>&-', "sh", sys.executable, "-c", CODE, *arguments]
    done = subprocess.run(command, capture_output=True, timeout=LIMIT, check=False)
    assert done.returncode == (1 if "status" in arguments else 0)
    assert b"error" not in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = sk("config", stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_what_another_program_reads_is_not_altered_for_an_encoding() -> None:
    chosen = {"DEFAULT_PRIVATE_REGISTRY_FQN": "r.test", "DEFAULT_PRIVATE_REGISTRY_USERNAME": "jö"}
    done = sk("registry", "show-private", environ={"PYTHONIOENCODING": "ascii", **chosen})
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"cannot be written in the encoding ascii" in done.stderr
    assert "'jö'".encode() in sk("registry", "show-private", environ={"PYTHONIOENCODING": "utf-8", **chosen}).stdout


def test_stopped_while_it_still_imports_it_says_so() -> None:
    code = "from solakube_core.entry import main; main()"
    command = [sys.executable, "-X", "importtime", "-c", code, "config"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    told = ""
    # Its first import after it has begun.
    while "solakube_core.cli" not in told and process.poll() is None:
        told += process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=LIMIT)
    assert "Traceback" not in told + rest
    assert (process.returncode, "stopped" in rest) in [(130, True), (-signal.SIGINT, False), (0, False)]
