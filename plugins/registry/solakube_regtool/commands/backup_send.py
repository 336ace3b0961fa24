"""`backup-send`: write the registry's references, and what a backup lacks of its blobs, to standard output."""

from __future__ import annotations

import argparse
import uuid

from solakube_regtool.backup.sending import outgoing
from solakube_regtool.commands import pipes
from solakube_regtool.commands.backup_origin import opened
from solakube_regtool.output import Output


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none; standard input has the digests of the blobs that are there already."""


def run(options: argparse.Namespace, out: Output) -> int:
    """Send them."""
    del out
    there = pipes.read_digests()
    # A name of its own: one whose reader has gone is no obstacle to the next, as the folder can tell them apart.
    with opened(options, f"backup-{uuid.uuid4().hex[:8]}") as origin:
        for data in outgoing(origin, there):
            pipes.send(data)
    return 0
