"""Real processes, and what is only called like one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from solakube_core.local.machine.processes import working_for

MODULE = "solakube_core.local.supervisor"


@contextmanager
def running(command: Sequence[str]) -> Iterator[int]:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere ps(1) does not tell the words apart")
def test_who_only_names_a_supervisor_is_not_taken_for_it(tmp_path: Path) -> None:
    folder = str(tmp_path / "a folder")
    wait = "import sys; print(flush=True); sys.stdin.read()"
    for words in (["-m", MODULE, folder], [f"python -m {MODULE} {folder}"], ["x", "-m", MODULE, folder]):
        with running([sys.executable, "-c", wait, *words]):
            assert working_for(MODULE, folder) is None


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere ps(1) does not tell the words apart")
def test_a_supervisor_is_found_by_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.joinpath("waiting.py").write_text("import sys\nprint(flush=True)\nsys.stdin.read()\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    folder = str(tmp_path / "a folder")
    with running([sys.executable, "-m", "waiting", folder, "--lock=5"]) as pid:
        found = working_for("waiting", folder)
        assert found is not None
        assert found.pid == pid
        assert working_for("waiting", f"{folder} 2") is None
        assert working_for("waiting", str(tmp_path / "a")) is None
