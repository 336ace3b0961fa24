"""`backup-check TARGET`: is every image of a backup whole? No registry is started, unlike for `backup verify`."""

from __future__ import annotations

import argparse
import time

from solakube_regtool.backup.checking import as_registry
from solakube_regtool.backup.target import Target
from solakube_regtool.commands import fsck
from solakube_regtool.output import Output
from solakube_regtool.sources.opening import open_data
from solakube_regtool.storage.last_run import noted
from solakube_regtool.storage.tree import Tree

FILES = "files"
"""What a proof says that came about by reading the files alone."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("target", metavar="TARGET", help="the folder of the backups")
    parser.add_argument("--moment", metavar="NAME", help="which backup; the latest unless named")
    fsck.add_arguments(parser)


def run(options: argparse.Namespace, out: Output) -> int:
    """Check it, and remember beside the registry's data and beside the backup what came of that."""
    target = Target(options.target)
    whole = check(target, target.choose(options.moment), options.deep, open_data(options).tree, out)
    return 0 if whole else 1


def check(target: Target, moment: str, deep: bool, tree: Tree, out: Output) -> bool:
    """Check a backup.

    Args:
        target: where it is.
        moment: its name.
        deep: hash every blob.
        tree: of the registry, which remembers it.
        out: told what is damaged.

    Returns:
        Whether all of it is whole.

    Raises:
        RegtoolError: the backup cannot be read.
        OSError: the target cannot be written.
    """
    with noted(tree, "backup-check", out) as noting:
        with as_registry(target, moment) as source:
            found = fsck.check(source, deep, out)
        target.prove(moment, {"at": time.time(), "tags": found.tags, "damaged": found.damaged, "by": FILES})
        noting.sentence, noting.success = f"{moment}: {found.summary}", not found.damaged
        noting.figures = {"damaged_tags": found.damaged}
    return noting.success
