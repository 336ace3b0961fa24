"""`backup-sent`: remember what came of a backup that `backup-send` sent elsewhere."""

from __future__ import annotations

import argparse
import time

from solakube_regtool.output import Output
from solakube_regtool.sources.opening import open_data
from solakube_regtool.storage.last_run import Run, remember


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("sentence", metavar="TEXT", help="the result in words")
    parser.add_argument("--tags", type=int, metavar="N", help="so many are in it")
    parser.add_argument("--copied-bytes", type=int, metavar="N", help="so many were new")
    parser.add_argument("--seconds", type=float, required=True, metavar="N", help="so many it took")
    parser.add_argument("--failed", action="store_true", help="not all could be copied, or nothing was")


def run(options: argparse.Namespace, out: Output) -> int:
    """Remember it beside the data."""
    del out
    told = {"tags": options.tags, "copied_bytes": options.copied_bytes}
    figures = {name: number for name, number in told.items() if number is not None}
    done = Run("backup", time.time(), options.seconds, not options.failed, options.sentence, figures)
    remember(open_data(options).tree, done)
    return 0
