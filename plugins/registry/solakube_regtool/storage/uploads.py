"""Uploads that were abandoned."""

from __future__ import annotations

import shutil

from solakube_regtool.storage.tree import Tree


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
