"""The registry's password files: as they are brought, but for logins whose time is over."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.unit.regtool.test_logins import _LIMIT, folders, known

__all__ = ["folders"]


def test_the_program_makes_them_before_the_registry_begins(folders: tuple[Path, Path]) -> None:
    command = (sys.executable, "-m", "solakube_regtool", "logins", *map(str, folders))
    subprocess.run(command, check=True)
    # The moment in TEXT is years ahead.
    assert known(folders[1], "htpasswd-reader") == ["admin", "web", "web~2"]


def test_what_serves_keeps_them(folders: tuple[Path, Path], tmp_path: Path) -> None:
    command = (
        sys.executable,
        "-m",
        "solakube_regtool",
        "--data",
        str(tmp_path),
        "serve",
        "--logins",
        *map(str, folders),
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            deadline = time.monotonic() + _LIMIT
            while not (folders[1] / "htpasswd").exists():
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert known(folders[1]) == ["admin", "web", "web~2"]
        finally:
            process.terminate()
