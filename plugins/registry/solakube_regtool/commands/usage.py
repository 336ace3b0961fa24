"""`usage` and `usage REPO`: who takes how much of the blob store.

Every stored byte is counted once: unique (one repository alone reaches its blob), shared (several do) or unreferenced
(none does, a collection frees it). The three add up to the blob store's size.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

from solakube_regtool import durations
from solakube_regtool.alive import held
from solakube_regtool.alive.owners import SHARED
from solakube_regtool.alive.rules import Rules, since
from solakube_regtool.commands import alive_options
from solakube_regtool.oci.contents import Tagged
from solakube_regtool.output import Output
from solakube_regtool.sources.opening import open_source, require_repository
from solakube_regtool.sources.source import Accounts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("repository", nargs="?", metavar="REPO", help="show the tags of this repository")
    parser.add_argument("--grace", default="1h", metavar="AGE", help="manifests used since then count as in use")
    alive_options.add_untagged_grace(parser)
    alive_options.add_undo_period(parser)
    alive_options.add_holders(parser)


def run(options: argparse.Namespace, out: Output) -> int:
    """Print the bytes of each repository and of the whole, or of each tag of one repository."""
    source = open_source(options)
    wanted = require_repository(source, options.repository) if options.repository else None
    now = time.time()
    used, unnamed_since = since(now - durations.seconds(options.grace)), now - durations.seconds(options.untagged_grace)
    holders = alive_options.read_held(options)
    undo_since = alive_options.undo_since(options, now)
    accounts = source.accounts(Rules(used, unnamed_since, held.keys(holders), options.keep_untagged, undo_since))
    if wanted:
        _show_tags(accounts, wanted, out)
    else:
        _show_all(accounts, holders, out)
    if accounts.remark:
        out.note(accounts.remark)
    return 0


def _show_all(accounts: Accounts, holders: held.Held, out: Output) -> None:
    unique: Counter[int] = Counter()
    for key, owner in accounts.owners.by_key.items():
        unique[owner] += accounts.size(key)
    for index, repository in enumerate(accounts.owners.repositories):
        tags = list(accounts.tags(repository))
        shared = accounts.owners.shared[index]
        pulled = max((tag.pulled for tag in tags if tag.pulled), default=None)
        _record(out, "usage", repository, unique[index], shared, pulled, repository=repository, tags=len(tags))
    _show_total(accounts, unique, _show_held(accounts, holders, out), out)


def _show_held(accounts: Accounts, holders: held.Held, out: Output) -> int:
    """Tell what stays for the cluster alone, and for whom; returns its bytes, each counted once."""
    alone = accounts.held_alone(holders)
    for digest, keys in sorted(alone.items()):
        size = sum(map(accounts.size, keys))
        text = f"{digest} {size} kept for {', '.join(holders[digest])}"
        out.record("usage-held", text, digest=digest, size=size, holders=list(holders[digest]))
    return sum(map(accounts.size, set[bytes]().union(*alone.values())))


def _show_total(accounts: Accounts, unique: Counter[int], kept: int, out: Output) -> None:
    totals = accounts.totals()
    shared = unique[SHARED]
    alone = sum(unique.values()) - shared
    unreferenced = None if totals.stored is None else totals.stored - alone - shared
    parts = f"unique {alone}, shared {shared}, unreferenced {_shown(unreferenced)}"
    text = f"total {_shown(totals.stored)}: {parts}; uploads {_shown(totals.uploads)}"
    text += f"; kept for the cluster alone {kept}" if kept else ""
    undoable = sum(map(accounts.size, accounts.owners.undoable))
    text += f"; kept to bring tags back {undoable}" if undoable else ""
    text += f"; collected and not freed yet {totals.trash}" if totals.trash else ""
    out.record(
        "usage-total",
        text + ("" if totals.free is None else f"; free {totals.free}"),
        stored=totals.stored,
        unique=alone,
        shared=shared,
        unreferenced=unreferenced,
        held=kept,
        undoable=undoable,
        uploads=totals.uploads,
        trash=totals.trash,
        free=totals.free,
        keeps_access_times=totals.keeps_access_times,
    )


def _shown(count: int | None) -> str:
    return "unknown" if count is None else str(count)


def _show_tags(accounts: Accounts, repository: str, out: Output) -> None:
    """Unique to a tag is what neither another tag of its repository nor another repository reaches."""
    index = accounts.owners.repositories.index(repository)
    tags: list[Tagged] = sorted(accounts.tags(repository), key=lambda tag: tag.name)
    counted = Counter(key for tag in tags for key in accounts.reached(tag))
    for tag in tags:
        unique = shared = 0
        for key in accounts.reached(tag):
            if counted[key] == 1 and accounts.owners.by_key.get(key) == index:
                unique += accounts.size(key)
            else:
                shared += accounts.size(key)
        fields = {"repository": repository, "name": tag.name, "digest": tag.digest, "pushed": tag.pushed}
        _record(out, "usage-tag", tag.name, unique, shared, tag.pulled, **fields)


def _record(
    out: Output, kind: str, label: str, unique: int, shared: int, pulled: float | None, **fields: object
) -> None:
    last = "-" if pulled is None else time.strftime("%Y-%m-%d", time.gmtime(pulled))
    text = f"{label} {unique + shared} unique {unique} shared {shared} pulled {last}"
    out.record(kind, text, size=unique + shared, unique=unique, shared=shared, pulled=pulled, **fields)
