"""The options by which commands are told what is alive besides what tags reach."""

from __future__ import annotations

import argparse

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


def read_held(options: argparse.Namespace) -> held.Held:
    """Return who holds what.

    Raises:
        RegtoolError: it cannot be read.
    """
    return held.read(options.held) if options.held else {}
