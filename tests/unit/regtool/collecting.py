"""Collecting everything at once from a small tree."""

from __future__ import annotations

import os

from solakube_regtool.collect.report import Options, Report
from solakube_regtool.collect.run import collect
from solakube_regtool.storage.tree import Tree

from tests.unit.retention.trees import SmallTree


def age(tree: SmallTree) -> None:
    """Make everything old, so that no grace period spares it."""
    for folder, _, files in os.walk(tree.data, followlinks=True):
        for name in (folder, *(f"{folder}/{file}" for file in files)):
            os.utime(name, (1, 1))


def collected(tree: SmallTree, *held: bytes) -> Report:
    """Collect with no grace at all."""
    age(tree)
    options = Options(grace=0, settle=0, wait=False, untagged_grace=0, held=frozenset(held))
    return collect(Tree(str(tree.data)), options)


def blobs(tree: SmallTree) -> set[str]:
    """The digests of all blobs."""
    return {f"sha256:{file.parent.name}" for file in tree.root.glob("blobs/*/*/*/data")}
