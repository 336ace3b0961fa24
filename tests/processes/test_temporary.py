"""Where the tests' own files lie."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest


def test_all_lies_in_one_folder_that_is_no_other_runs(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    if pytestconfig.option.basetemp is not None and "solakube-unit-" not in pytestconfig.option.basetemp:
        pytest.skip("a folder was named with --basetemp")
    (folder,) = (parent for parent in tmp_path.parents if parent.name.startswith("solakube-unit-"))
    started = subprocess.run(["mktemp", "-u"], capture_output=True, text=True, check=True)
    assert Path(started.stdout).parent == Path(tempfile.gettempdir()) == folder
