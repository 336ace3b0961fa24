"""`backup-proof TARGET`: remember that a backup was restored, and what came of it."""

from __future__ import annotations

import argparse
import time

from solakube_regtool.backup.target import Target
from solakube_regtool.output import Output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("target", metavar="TARGET", help="the folder of the backups")
    parser.add_argument("--moment", required=True, metavar="NAME", help="which backup")
    parser.add_argument("--tags", type=int, required=True, metavar="N", help="so many were asked for")
    parser.add_argument("--damaged", type=int, required=True, metavar="N", help="so many of them are not whole")


def run(options: argparse.Namespace, out: Output) -> int:
    """Remember it beside the backup."""
    del out
    target = Target(options.target)
    proof = {"at": time.time(), "tags": options.tags, "damaged": options.damaged}
    target.prove(target.choose(options.moment), proof)
    return 0
