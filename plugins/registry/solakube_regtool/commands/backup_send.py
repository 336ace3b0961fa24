"""`backup-send`: write the registry's references, and what a backup lacks of its blobs, to standard output."""

from __future__ import annotations

import argparse
import uuid

from solakube_regtool.backup.origin import opened_tree
from solakube_regtool.backup.sending import outgoing
from solakube_regtool.collect.holding import deletions_held
from solakube_regtool.commands import pipes
from solakube_regtool.output import Output
from solakube_regtool.storage.tree import Tree


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none; standard input has the digests of the blobs that are there already."""


def run(options: argparse.Namespace, out: Output) -> int:
    """Send them."""
    del out
    tree, there = Tree(options.data), pipes.read_digests()
    # A name of its own: one whose reader has gone is no obstacle to the next, as the folder can tell them apart.
    with opened_tree(tree, deletions_held(tree, f"backup-{uuid.uuid4().hex[:8]}")) as origin:
        for data in outgoing(origin, there):
            pipes.send(data)
    return 0
