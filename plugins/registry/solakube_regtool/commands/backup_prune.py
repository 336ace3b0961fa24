"""`backup-prune TARGET --keep N`: delete all but the last backups, and what none of these names."""

from __future__ import annotations

import argparse

from solakube_regtool.backup.keeping import latest
from solakube_regtool.backup.taking import prune
from solakube_regtool.backup.target import Target
from solakube_regtool.commands.backup import report_pruned, throttled
from solakube_regtool.output import Output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("target", metavar="TARGET", help="the folder")
    parser.add_argument("--keep", type=int, required=True, metavar="N", help="so many stay")


def run(options: argparse.Namespace, out: Output) -> int:
    """Delete them."""
    target = Target(options.target)
    target.choose(None)
    report_pruned(prune(target, latest(options.keep), throttled(out)), out)
    return 0
