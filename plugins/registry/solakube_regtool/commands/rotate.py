"""`rotate`: the job of the CronJob that gives namespaces new logins. It needs no more than a few Secrets by name."""

from __future__ import annotations

import argparse
import json

from solakube_regtool.cluster.api import Api
from solakube_regtool.errors import RegtoolError
from solakube_regtool.logins.rotation import Rotation
from solakube_regtool.output import Output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--policy", required=True, metavar="FILE", help="JSON: where, and the grace")


def run(options: argparse.Namespace, out: Output) -> int:
    """Give a new login to each namespace that may pull."""
    try:
        with open(options.policy, encoding="utf-8") as file:
            order = json.load(file)
    except (OSError, ValueError) as error:
        raise RegtoolError(f"{options.policy} cannot be read", str(error)) from error
    return Rotation(Api.of_this_pod(), order, out).run()
