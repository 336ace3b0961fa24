"""`last-run`: tell what the last maintenance of each kind did, and what is to be done after a restore."""

from __future__ import annotations

import argparse
import json
import time

from solakube_regtool.backup.walks import Waiting, waiting
from solakube_regtool.output import Output
from solakube_regtool.sources.opening import open_data
from solakube_regtool.storage.last_run import Run, recall, remember


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--note", metavar="SENTENCE", help="remember this, with the time, instead")
    parser.add_argument("--of", choices=("garbage-collect", "prune"), default="garbage-collect", help="what did it")
    parser.add_argument("--figures", metavar="JSON", type=json.loads, default={}, help="the same in numbers")


def run(options: argparse.Namespace, out: Output) -> int:
    """Print each command's sentence with its time; nothing where nothing has been done yet."""
    tree = open_data(options).tree
    if options.note:
        remember(tree, Run(options.of, time.time(), None, True, options.note, options.figures))
        return 0
    for last in recall(tree):
        out.record("last-run", str(last), summary=str(last), **last._asdict())
    for listed in [] if options.bucket else waiting(tree):
        out.record("restore-check", text := _due(listed), summary=text, success=False, **listed._asdict())
    return 0


def _due(listed: Waiting) -> str:
    why = f"the list of {listed.moment} is here, and {listed.lease} holds no deletions"
    return f"restore-check is to be run: {why}, as in a restored registry"
