"""A component without ports, pods, volume, exposure or maintenance, on this machine: deployed, shown and removed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.core.installing import Sk, install

BARE = """
@hookimpl
def components():
    return [Component("bare", "Nothing but a name.")]

@hookimpl
def deploy(component):
    return Plan("bare", (), (), Backend("bare")) if component == "bare" else None
"""


@pytest.fixture
def deployed(sk: Sk, tmp_path: Path) -> Iterator[Sk]:
    """`sk` with the component deployed; it is removed after the test."""
    install(tmp_path, "bare", BARE)
    done = sk("deploy", "bare")
    assert (done.code, done.out) == (0, "bare is ready\n"), done.err
    yield sk
    assert sk("undeploy", "bare", "--yes", "--delete-data").code == 0


def test_it_is_ready_and_healthy(deployed: Sk) -> None:
    status = deployed("status", "bare")
    assert status.code == 0
    assert "supervisor" in status.out


def test_deploying_it_again_changes_nothing(deployed: Sk) -> None:
    assert deployed("diff", "bare").out.endswith("unchanged\n")
    assert deployed("deploy", "bare").code == 0


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o077, 0o777])
def test_nobody_else_can_change_what_it_makes_and_its_owner_can(umask: int, tmp_path: Path) -> None:
    site, home = tmp_path / "site", tmp_path / "home"
    site.mkdir()
    home.mkdir()
    install(site, "bare", BARE)
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(site), "SK_CLUSTER_TYPE": "local"}

    def run(*arguments: str) -> None:
        command = [sys.executable, "-m", "solakube_core", *arguments]
        subprocess.run(command, env=environ, umask=umask, check=True, timeout=60, stdin=subprocess.DEVNULL)

    run("deploy", "bare")
    try:
        made = dict(_modes(home))
        assert made
        assert not [name for name, mode in made.items() if mode & 0o022 or not mode & 0o200]
    finally:
        run("undeploy", "bare", "--yes", "--delete-data")


def _modes(folder: Path) -> Iterator[tuple[str, int]]:
    for path in folder.rglob("*"):
        # The supervisor replaces its records meanwhile.
        with contextlib.suppress(FileNotFoundError):
            yield str(path), path.stat().st_mode
