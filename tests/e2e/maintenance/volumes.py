"""Small file systems of their own, to be filled or mounted in other ways than the machine's."""

from __future__ import annotations

import errno
import itertools
import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.testbed.errors import UnavailableError
from tests.e2e.testbed.process import run

MEGABYTE = 1 << 20


@contextmanager
def ext4(folder: Path, options: str = "defaults", size: int = 64 * MEGABYTE, inodes: int = 8192) -> Iterator[Path]:
    """Mount an ext4 in a file; gives its mount point.

    Args:
        folder: for the file and the mount point.
        options: of mount.
        size: bytes.
        inodes: files and folders it can hold, about.
    """
    image = folder / "volume.img"
    with image.open("wb") as file:
        file.truncate(size)
    # Blocks of 4 KiB as any real volume has, and none reserved for root, whom the registry runs as here.
    run(["mkfs.ext4", "-q", "-b", "4096", "-m", "0", "-N", str(inodes), image])
    with _mounted(folder, ["-o", f"loop,{options}", str(image)]) as volume:
        yield volume
    image.unlink()


@contextmanager
def memory(folder: Path, options: str = "defaults", size: int = 64 * MEGABYTE, inodes: int = 8192) -> Iterator[Path]:
    """Mount a tmpfs; gives its mount point. The arguments are those of `ext4`."""
    with _mounted(folder, ["-t", "tmpfs", "-o", f"size={size},nr_inodes={inodes},{options}", "tmpfs"]) as volume:
        yield volume


@contextmanager
def _mounted(folder: Path, what: list[str]) -> Iterator[Path]:
    if os.geteuid() != 0:
        raise UnavailableError("volumes are mounted: run as root")
    volume = folder / "volume"
    volume.mkdir()
    done = subprocess.run(["mount", *what, volume], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UnavailableError(f"this machine does not mount {what[-1]}: {done.stderr}")
    try:
        yield volume
    finally:
        # Lazily: a failed test may have left a process with an open file, and must not be hidden by another failure.
        run(["umount", "--lazy", volume])


def fill_blocks(volume: Path) -> None:
    """Write until there is no block left."""
    with (volume / f"ballast-{uuid.uuid4().hex}").open("wb", buffering=0) as file:
        for size in (MEGABYTE, 4096):
            try:
                while file.write(bytes(size)):
                    os.fsync(file.fileno())
            except OSError as error:
                _require_no_space(error)


def fill_inodes(volume: Path) -> None:
    """Make files until there is no inode left."""
    folder = volume / "ballast"
    folder.mkdir(exist_ok=True)
    try:
        for number in itertools.count():
            (folder / f"{uuid.uuid4().hex}-{number}").touch()
    except OSError as error:
        _require_no_space(error)


def _require_no_space(error: OSError) -> None:
    if error.errno != errno.ENOSPC:
        raise error
