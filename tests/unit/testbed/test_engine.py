"""Starting a Docker engine where an earlier one left its traces."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.testbed.engine import forget_dead

OWN_NAME = Path("/proc/self/comm").read_text().strip()


@pytest.mark.parametrize(
    ("program", "pid", "kept"),
    [(OWN_NAME, str(os.getpid()), True), ("dockerd", str(os.getpid()), False), (OWN_NAME, "4194305", False)],
    ids=["alive", "number of another program", "no such process"],
)
def test_only_the_pid_file_of_a_living_engine_is_kept(tmp_path: Path, program: str, pid: str, kept: bool) -> None:
    pid_file = tmp_path / "docker.pid"
    pid_file.write_text(f"{pid}\n")
    forget_dead(program, pid_file)
    assert pid_file.exists() == kept


def test_no_pid_file_is_no_problem(tmp_path: Path) -> None:
    forget_dead("dockerd", tmp_path / "docker.pid")
