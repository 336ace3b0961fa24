"""`restore-absent`: tell which blobs the registry lacks, and have nothing deleted until `restore-receive` begins."""

from __future__ import annotations

import argparse

from solakube_regtool.backup.receiving import prepare
from solakube_regtool.commands import pipes
from solakube_regtool.oci import digests
from solakube_regtool.output import Output
from solakube_regtool.storage.tree import Tree


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none; standard input has the digests of the blobs in question."""


def run(options: argparse.Namespace, out: Output) -> int:
    """Tell them."""
    for key in prepare(Tree(options.data), pipes.read_digests()):
        digest = digests.text(key)
        out.record("absent", digest, digest=digest)
    return 0
