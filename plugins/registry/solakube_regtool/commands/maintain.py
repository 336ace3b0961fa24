"""`maintain`: what runs on a schedule: prune by the policy, if there is one, and collect.

Standard input is JSON: {"rules": [...], "held": {...}, "grace": "1h", "untagged_grace": "1d",
"undo_period": "1d", "addresses": [...]}. The
first two are those of `prune`; without rules no tag is deleted. What is held is kept, and checked at the end; where
that is null, the cluster could not be asked, and every manifest is kept; where there is no such key, there is no
cluster. The last three may be left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from solakube_regtool import durations
from solakube_regtool.alive import held
from solakube_regtool.collect.report import Options
from solakube_regtool.commands import garbage_collect as collecting
from solakube_regtool.commands import prune, registry_options
from solakube_regtool.commands.check import check
from solakube_regtool.errors import RegtoolError, failed
from solakube_regtool.output import Output
from solakube_regtool.sources.data import DataSource
from solakube_regtool.sources.opening import open_data, open_leases
from solakube_regtool.storage.tree import Tree

_PATIENCE = 3600.0
"""Seconds to wait for the end of a backup that holds deletions."""


class Order(NamedTuple):
    """What to do.

    Attributes:
        rules: whether there are rules of retention.
        grace: the grace period, as it was given.
        asked: how to collect.
        holders: who holds which images; nobody where there is no cluster or it could not be asked.
        addresses: hosts, with their ports, whose images must be in this registry.
    """

    rules: bool
    grace: str
    asked: Options
    holders: held.Held
    addresses: Sequence[str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    registry_options.add_metrics(parser)
    parser.add_argument("--dated", action="store_true", help="begin each line with the time, as in a log")


def run(options: argparse.Namespace, out: Output) -> int:
    """Do one after the other; what fails does not keep the other from its work."""
    text = sys.stdin.read()
    out.dated = options.dated
    order = read_order(text)
    asked = replace(order.asked, metrics=registry_options.metrics(options))
    if not _attempt(out, lambda: open_leases(options).await_none(_PATIENCE, out.progress)):
        return 1
    done = []
    free: Callable[[], bool]
    if options.bucket:
        free = partial(collecting.free_in_bucket, options.bucket, asked, order.grace, out)
    else:
        tree = Tree(options.data)
        free = partial(collecting.free, tree, lambda: collecting.collected(tree, asked, out), order.grace, out)
    if order.rules:
        done.append(_attempt(out, lambda: prune.delete_unkept(open_data(options), text, out)))
    done.append(_attempt(out, lambda: _collect(free)))
    if order.holders:
        done.append(_attempt(out, lambda: _check(open_data(options), order, out)))
    return 0 if all(done) else 1


def _collect(free: Callable[[], bool]) -> None:
    if not free():
        raise RegtoolError("not all could be freed", "entries of the registry cannot be moved or deleted", "see above")


def _check(source: DataSource, order: Order, out: Output) -> None:
    if not check(source, order.holders, order.addresses, out):
        raise RegtoolError("images that the cluster names are not whole", "", "push them again")


def read_order(order: str) -> Order:
    """Read what to do.

    Raises:
        RegtoolError: it is no order.
    """
    try:
        document = json.loads(order)
        grace = str(document["grace"])
        holders = document.get("held", {})
        asked = Options(
            grace=durations.seconds(grace),
            untagged_grace=durations.seconds(str(document.get("untagged_grace", "1d"))),
            held=held.keys(held.checked(holders or {})),
            keep_untagged=holders is None,
            undo_period=durations.seconds(str(document.get("undo_period", "1d"))),
            wait=False,
        )
        addresses = [str(host) for host in document.get("addresses", ())]
        return Order(bool(document["rules"]), grace, asked, holders or {}, addresses)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RegtoolError("what to maintain cannot be read", f"{type(error).__name__}: {error}") from error


def _attempt(out: Output, step: Callable[[], None]) -> bool:
    try:
        step()
    except RegtoolError as error:
        out.problem(error.what, error.why, error.hint)
    except OSError as error:
        problem = failed("the volume failed", error)
        out.problem(problem.what, problem.why, problem.hint)
    else:
        return True
    return False
