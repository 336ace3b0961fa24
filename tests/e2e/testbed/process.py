"""Run other programs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.e2e.testbed.errors import TestbedError

_SHOWN_CHARACTERS = 4000


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
    stdin: str = "",
) -> str:
    """Run a program to its end, give it `stdin`, and return its standard output.

    `env` is added to the environment, `timeout` in seconds. Raises TestbedError with the end of what the
    program said if it fails, takes too long or does not exist.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, cwd=cwd, env={**os.environ, **(env or {})}, timeout=timeout,
            input=stdin, capture_output=True, text=True, check=False,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise TestbedError(f"{words[0]} is not installed: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise TestbedError(f"{' '.join(words)}: no end after {timeout} s") from error
    if done.returncode != 0:
        said = (done.stdout + done.stderr)[-_SHOWN_CHARACTERS:]
        raise TestbedError(f"{' '.join(words)}: exit code {done.returncode}\n{said}")
    return done.stdout


def succeeds(command: Sequence[str | Path], timeout: float = 30) -> bool:
    """Whether a program ends with exit code 0 within `timeout` seconds."""
    try:
        run(command, timeout=timeout)
    except TestbedError:
        return False
    return True
