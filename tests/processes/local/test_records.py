"""What the supervisor and `sk` tell each other, also across versions."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from solakube_core.errors import of_system
from solakube_core.local.state.recording import write_record
from tests.unit.local.test_records import FULL


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A disk on which nothing is left."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], check=True)
    try:
        tmp_path.joinpath("filler").write_bytes(b"0" * 65536)
        yield tmp_path
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def test_a_full_disk_is_told_with_the_file_and_leaves_no_half(full: Path) -> None:
    with pytest.raises(OSError, match="No space left on device") as refused:
        write_record(full / "wanted.json", FULL)
    told = of_system(refused.value)
    assert told is not None
    assert str(told).startswith(
        f"{full}/wanted.json cannot be used\n  why: No space left on device\n  what to do: make"
    )
    assert [path.name for path in full.iterdir()] == ["filler"]
