"""What becomes of a test that does not end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = """
import signal, threading, time

def test_that_hangs():
    threading.Thread(target=time.sleep, args=(60,), daemon=True, name="what it waits for").start()
    signal.raise_signal(signal.SIGALRM)  # As the timer does that is set by then.

def test_after_it():
    pass
"""


def test_it_fails_with_the_stacks_of_all_threads_and_the_next_begins(tmp_path: Path) -> None:
    (tmp_path / "test_these.py").write_text(TESTS)
    settings = Path(__file__).parents[2] / "pyproject.toml"
    command = [sys.executable, "-m", "pytest", "-c", str(settings), "-p", "no:cacheprovider", str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert "1 failed, 1 passed" in told
    assert "test_these.py::test_that_hangs - Failed: Timeout (>300.0s)" in told
    assert "Stack of what it waits for" in told
