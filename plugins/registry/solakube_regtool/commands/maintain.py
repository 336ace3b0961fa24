"""`maintain`: what runs on a schedule: prune by the policy, if there is one, and collect.

Standard input is JSON: {"rules": [...], "held": {...}, "grace": "1h"}. The first two are those of `prune`; without
rules no tag is deleted.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable

from solakube_regtool import durations
from solakube_regtool.collect.report import Options
from solakube_regtool.commands import garbage_collect as collecting
from solakube_regtool.commands import prune
from solakube_regtool.errors import RegtoolError
from solakube_regtool.output import Output
from solakube_regtool.storage.tree import Tree


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--metrics", default="", metavar="URL", help="of the registry's debug address")


def run(options: argparse.Namespace, out: Output) -> int:
    """Do one after the other; what fails does not keep the other from its work."""
    order = sys.stdin.read()
    rules, grace = read_order(order)
    asked = Options(grace=durations.seconds(grace), wait=False, metrics=options.metrics)
    tree = Tree(options.data)
    done = [_attempt(out, lambda: prune.delete_unkept(tree, order, out))] if rules else []
    done.append(_attempt(out, lambda: collecting.free(tree, asked, grace, out)))
    return 0 if all(done) else 1


def read_order(order: str) -> tuple[bool, str]:
    """Tell whether there are rules, and the grace period.

    Raises:
        RegtoolError: it is no order.
    """
    try:
        document = json.loads(order)
        return bool(document["rules"]), str(document["grace"])
    except (ValueError, KeyError, TypeError) as error:
        raise RegtoolError("what to maintain cannot be read", f"{type(error).__name__}: {error}") from error


def _attempt(out: Output, step: Callable[[], None]) -> bool:
    try:
        step()
    except RegtoolError as error:
        out.problem(error.what, error.why, error.hint)
    except OSError as error:
        out.problem("the volume failed", str(error))
    else:
        return True
    return False
