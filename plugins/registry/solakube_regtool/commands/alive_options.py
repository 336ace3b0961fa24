"""The options by which commands are told what is alive besides what tags reach."""

from __future__ import annotations

import argparse
import math

from solakube_regtool import durations
from solakube_regtool.alive import held


def add_holders(parser: argparse.ArgumentParser) -> None:
    """Declare what tells of a cluster. Without either option there is none."""
    parser.add_argument("--held", metavar="FILE", help="JSON: who holds which images; - is standard input")
    parser.add_argument(
        "--keep-untagged", action="store_true", help="every manifest stays: who holds images is not known"
    )


def add_addresses(parser: argparse.ArgumentParser) -> None:
    """Declare by which addresses the registry is known."""
    help_text = "a host, with its port, whose images must be in this registry"
    parser.add_argument("--address", action="append", default=[], metavar="HOST", help=help_text)


def add_untagged_grace(parser: argparse.ArgumentParser) -> None:
    """Declare how long what was pushed by digest waits for its index."""
    help_text = "what was pushed by digest and nothing ever named stays so long (default 1d)"
    parser.add_argument("--untagged-grace", default="1d", metavar="AGE", help=help_text)


def add_undo_period(parser: argparse.ArgumentParser) -> None:
    """Declare how long a tag that was moved or deleted can be brought back."""
    help_text = "a tag that was moved or deleted can be brought back for so long (default 1d; 0: not at all)"
    parser.add_argument("--undo-period", default="1d", metavar="AGE", help=help_text)


def undo_since(options: argparse.Namespace, now: float) -> float:
    """Return the time stamp of the last deletion that cannot be undone; without an end where none can be.

    Raises:
        RegtoolError: the period is no duration.
    """
    period = durations.seconds(options.undo_period)
    return now - period if period else math.inf


def read_held(options: argparse.Namespace) -> held.Held:
    """Return who holds what.

    Raises:
        RegtoolError: it cannot be read.
    """
    return held.read(options.held) if options.held else {}
