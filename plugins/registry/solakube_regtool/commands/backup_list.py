"""`backup-list TARGET`: which backups are in a folder, and which of them were proven."""

from __future__ import annotations

import argparse

from solakube_regtool.backup.target import Target
from solakube_regtool.output import Output
from solakube_regtool.wording import counted, size


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("target", metavar="TARGET", help="the folder")


def run(options: argparse.Namespace, out: Output) -> int:
    """Print them, the latest at the end."""
    target = Target(options.target)
    target.choose(None)
    for name in target.names():
        summary, proof = target.summary(name), target.proof(name)
        proven = "not proven" if proof is None else "damaged" if proof["damaged"] else "proven"
        text = f"{name} {counted(summary.tags, 'tag')}, {size(summary.size)}, {proven}"
        fields = {**summary._asdict(), "proven": proof["at"] if proof else None}
        out.record("moment", text, name=name, **fields, damaged=proof["damaged"] if proof else None)
    return 0
