"""`restore-receive`: bring back what standard input has of a backup; the blobs of `restore-absent` alone are in it."""

from __future__ import annotations

import argparse

from solakube_regtool.backup.receiving import receive
from solakube_regtool.backup.stream import Stream
from solakube_regtool.commands import pipes
from solakube_regtool.commands.backup import throttled
from solakube_regtool.commands.restore import tell
from solakube_regtool.errors import RegtoolError
from solakube_regtool.output import Output
from solakube_regtool.storage.tree import Tree


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(options: argparse.Namespace, out: Output) -> int:
    """Bring it back, and tell of each tag what came of it; 1 where one cannot be."""
    given = pipes.Input()
    try:
        return tell(receive(Tree(options.data), Stream(given), throttled(out)), out)
    except (RegtoolError, OSError):
        # Of a program that leaves much of its input unread, the node does not tell the end.
        out.record("refused", "")
        out.flush()
        given.skip()
        raise
