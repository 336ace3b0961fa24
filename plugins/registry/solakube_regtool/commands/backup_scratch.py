"""`backup-scratch TARGET FOLDER`: lay a backup out as a registry's data, so that a registry can be started on it."""

from __future__ import annotations

import argparse

from solakube_regtool.backup.scratch import lay_out
from solakube_regtool.backup.target import Target
from solakube_regtool.output import Output
from solakube_regtool.wording import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("target", metavar="TARGET", help="the folder of the backups")
    parser.add_argument("folder", metavar="FOLDER", help="an empty one")
    parser.add_argument("--moment", metavar="NAME", help="which backup; the latest unless named")


def run(options: argparse.Namespace, out: Output) -> int:
    """Lay it out, and tell what a registry must serve."""
    target = Target(options.target)
    moment = target.choose(options.moment)
    made = lay_out(target, moment, options.folder)
    text = f"{moment}: {counted(made.tags, 'tag')} of {counted(made.repositories, 'repository', 'repositories')}"
    out.record("scratch", text, name=moment, repositories=made.repositories, tags=made.tags)
    return 0
