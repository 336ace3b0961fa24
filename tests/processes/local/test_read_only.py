"""Images on a file system that is mounted for reading alone, as a failing disk is by the kernel."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.local.data.folders import MADE_BY_SK, Folders
from solakube_core.local.data.identity import claim
from solakube_core.local.removing import remove
from solakube_core.local.state.recording import write_record
from solakube_core.local.state.records import Wanted
from solakube_core.local.status import status
from tests.processes.local.test_removing import Quiet


@pytest.fixture
def where(tmp_path: Path) -> Iterator[Folders]:
    """An installation whose disk has become read-only."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount")
    found = Folders(tmp_path / "state/registry", tmp_path / "disk")
    for folder in (found.state, found.data):
        folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(found.data)], check=True)
    try:
        found.data.joinpath(MADE_BY_SK).touch()
        claim(found)
        write_record(found.wanted, Wanted("registry", "registry/registry", str(found.data), ()))
        subprocess.run(["mount", "-o", "remount,ro", str(found.data)], check=True)
        yield found
    finally:
        subprocess.run(["umount", "--lazy", str(found.data)], check=True)


def test_the_status_tells_it(where: Folders) -> None:
    (fact,) = (fact for fact in status(where, "no-unit").facts if fact.subject == "data")
    assert not fact.healthy
    assert "mounted for reading alone: pushes fail" in fact.detail


def test_nothing_is_ended_for_a_removal_that_would_fail(where: Folders) -> None:
    with pytest.raises(SolakubeError, match="is not removed"):
        remove(where, "no-unit", True, Quiet())
    assert where.wanted.exists()
