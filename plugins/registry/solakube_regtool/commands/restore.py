"""`restore TARGET [REPO[:TAG]]`: bring back what a backup holds, into a registry at work or an empty one."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from solakube_regtool.backup.restoring import Restored, foreseen, restore, select
from solakube_regtool.backup.target import Target
from solakube_regtool.commands.backup import throttled
from solakube_regtool.output import Output
from solakube_regtool.storage.tree import Tree


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("target", metavar="TARGET", help="the folder of the backups")
    parser.add_argument("reference", nargs="?", metavar="REPO[:TAG]", help="all unless named")
    parser.add_argument("--moment", metavar="NAME", help="which backup; the latest unless named")
    parser.add_argument("--dry-run", action="store_true", help="tell what the backup has of it; change nothing")


def run(options: argparse.Namespace, out: Output) -> int:
    """Bring it back, and tell of each tag what came of it; 1 where one cannot be."""
    tree, target = Tree(options.data), Target(options.target)
    wanted = select(target, options.moment, options.reference)
    if options.dry_run:
        return tell(foreseen(wanted), out)
    return tell(restore(tree, target.tree, wanted, throttled(out)), out)


def tell(restored: Iterable[Restored], out: Output) -> int:
    """Tell of each tag what came of it; gives 1 where one could not be brought back."""
    failures = 0
    for made in restored:
        failures += made.failed
        out.record("restored", f"{made.image}: {made.done or 'would come back'}", **made.figures())
    return 1 if failures else 0
