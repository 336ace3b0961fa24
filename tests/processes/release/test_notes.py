"""A release has the version that its packages have, and says what it brings."""

from __future__ import annotations

import subprocess
import sys

from release.make import CHECKOUT
from solakube_core.version import __version__


def test_the_command_fails_before_anything_is_published() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "release.notes", "v0"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"tag v{__version__}, or change it there" in done.stderr
