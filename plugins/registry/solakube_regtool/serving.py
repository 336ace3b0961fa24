"""`serve`: stay up beside the registry, and end at once when told to."""

from __future__ import annotations

import argparse
import signal

from solakube_regtool.output import Output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--schedule", metavar="CRON", help="when to work, in cron syntax")


def run(_options: argparse.Namespace, out: Output) -> int:
    """Wait for SIGTERM or SIGINT. As the first process of a container it must ask for them: they are ignored else."""
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    out.progress("ready")
    signal.sigwait(ends)
    return 0
