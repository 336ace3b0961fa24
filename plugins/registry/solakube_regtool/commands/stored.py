"""`stored`: how many bytes the blob store takes."""

from __future__ import annotations

import argparse

from solakube_regtool.output import Output
from solakube_regtool.storage.tree import Tree


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(options: argparse.Namespace, out: Output) -> int:
    """Print the sum of all blobs' sizes."""
    tree = Tree(options.data)
    total = sum(tree.blob_size(key) or 0 for key in tree.blob_keys())
    out.record("stored", str(total), bytes=total)
    return 0
