"""`serve`: stay up beside the registry, and end at once when told to."""

from __future__ import annotations

import argparse
import signal

from solakube_regtool.output import Output


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_options: argparse.Namespace, out: Output) -> int:
    """Wait for SIGTERM or SIGINT. As the first process of a container it must ask for them: they are ignored else."""
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    out.progress("ready")
    signal.sigwait(ends)
    return 0
