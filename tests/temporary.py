"""Where the tests' files lie: in memory where that can be, and in a folder of this run alone."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

_MEMORY = Path("/dev/shm")
_ENOUGH = 512 << 20
"""Bytes: many times what the tests leave."""

_UNFIT = os.ST_RDONLY | os.ST_NOEXEC | os.ST_NOATIME
"""Tests run programs that they wrote, and look at the times of reading."""


def use_private_folder(config: pytest.Config) -> None:
    """Have `tmp_path`, `tempfile` and the programs that tests start use a folder that goes with the run.

    On a disk, much of the time of a test of small trees is spent in making and removing folders. And pytest's own
    place for them is shared by all runs of a user, each of which closes it to other users when it begins.
    `--basetemp` names another folder, which stays.
    """
    if config.option.basetemp is not None:
        return  # Also in the workers of pytest-xdist: each has a folder within this one.
    folder = Path(tempfile.mkdtemp(prefix="solakube-unit-", dir=_MEMORY if _is_fit(_MEMORY) else None))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    config.option.basetemp = str(folder / "pytest")
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


def _is_fit(folder: Path) -> bool:
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return False
    volume = os.statvfs(folder)
    return not volume.f_flag & _UNFIT and volume.f_bavail * volume.f_frsize >= _ENOUGH
