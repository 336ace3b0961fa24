"""`logins`: make the password files that the registry begins with; `serve --logins` goes on with them."""

from __future__ import annotations

import argparse
import time

from solakube_regtool.logins.keeping import Logins
from solakube_regtool.output import Output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("given", metavar="GIVEN", help="the folder that the password files are brought to")
    parser.add_argument("used", metavar="USED", help="the folder that the registry reads them from")


def run(options: argparse.Namespace, out: Output) -> int:
    """Copy them, but for logins whose time is over."""
    del out
    Logins(options.given, options.used).update(time.time())
    return 0
