"""Uploads that were abandoned, and files that a registry which was killed did not finish."""

from __future__ import annotations

import shutil

from solakube_regtool.storage import files
from solakube_regtool.storage.tree import Tree

UNFINISHED = ".tmp"
"""Ends the name of a file that is to take its place when it is whole (distribution 3.x)."""


def remove_abandoned(registry: Tree, before: float, dry_run: bool) -> tuple[int, int]:
    """Remove uploads that have received nothing for long.

    Args:
        registry: the tree.
        before: seconds since 1970; uploads that changed later stay.
        dry_run: only count.

    Returns:
        Their number, and their size in bytes.
    """
    count = size = 0
    for repository in registry.repositories():
        for upload in registry.uploads(repository):
            if upload.touched < before:
                count += 1
                size += upload.size
                if not dry_run:
                    shutil.rmtree(upload.path, ignore_errors=True)
    return count, size


def leftovers(folder: str, before: float, dry_run: bool) -> tuple[int, int]:
    """Remove what a registry left that was killed while it wrote a file of this folder (`data.<uuid>.tmp`).

    Args:
        folder: of a blob or a link.
        before: seconds since 1970; files that changed later stay.
        dry_run: only count.

    Returns:
        Their number, and their size in bytes.

    Raises:
        OSError: the folder cannot be read, or a file not be deleted.
    """
    count = size = 0
    for name in files.names(folder):
        path = f"{folder}/{name}"
        status = files.status(path) if name.endswith(UNFINISHED) else None
        if status is not None and status.st_mtime < before:
            count += 1
            size += status.st_size
            if not dry_run:
                files.remove(path)
    return count, size
