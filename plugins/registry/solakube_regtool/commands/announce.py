"""`announce`: say in its bucket that a registry shares it, before that starts; `serve` keeps saying it."""

from __future__ import annotations

import argparse

from solakube_regtool.commands import registry_options
from solakube_regtool.errors import RegtoolError
from solakube_regtool.output import Output
from solakube_regtool.serve.announcing import Announcement
from solakube_regtool.sources.bucket import open_bucket


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--listen", required=True, metavar="[HOST]:PORT", help="where `serve` tells its metrics")
    registry_options.add_metrics(parser)


def run(options: argparse.Namespace, out: Output) -> int:
    """Say it once."""
    del out
    if not options.bucket:
        raise RegtoolError("only a bucket may be shared by several registries", "", "name it: --bucket JSON")
    Announcement(open_bucket(options.bucket).place, options.listen, registry_options.metrics(options)).renew()
    return 0
