"""`serve`: stay up beside the registry, and end at once when told to."""

from __future__ import annotations

import argparse
import signal

from solakube_regtool.collect import recover
from solakube_regtool.errors import RegtoolError
from solakube_regtool.output import Output
from solakube_regtool.tree import Tree


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(options: argparse.Namespace, out: Output) -> int:
    """Put back what a killed collection left, then wait for SIGTERM or SIGINT.

    As the first process of a container it must ask for these signals: they are ignored else.
    """
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    try:
        recovered = recover(Tree(options.data))
        if recovered:
            out.progress(f"put back {recovered} blobs that a killed collection had moved")
    except (RegtoolError, OSError) as error:
        # The next collection does it; staying away would take the other commands along.
        out.progress(f"what a killed collection may have left stays for the next one: {error}")
    out.progress("ready")
    signal.sigwait(ends)
    return 0
