"""A data folder that another program filled as another user is refused, not found out by the first push."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from solakube_core.local.apply.orders import _not_writable

_INSIDE = "docker/registry/v2/repositories/app"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand files to another user")
@pytest.mark.parametrize("foreign", ["", "docker", "docker/registry/v2/repositories", _INSIDE])
def test_a_folder_in_it_that_is_anothers_is_named(tmp_path: Path, foreign: str) -> None:
    (tmp_path / _INSIDE).mkdir(parents=True)
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, 1000, 1000)
    for parent in tmp_path.parents:
        parent.chmod(parent.stat().st_mode | 0o011)
    os.setegid(1000)
    os.seteuid(1000)
    try:
        assert _not_writable(tmp_path) == ""
        os.seteuid(0)
        os.chown(tmp_path / foreign, 0, 0)
        os.seteuid(1000)
        assert str(tmp_path / foreign) in _not_writable(tmp_path)
    finally:
        os.seteuid(0)
        os.setegid(0)
