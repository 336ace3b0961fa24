"""`backup TARGET`: copy the registry into a folder; of blobs only those that are not there yet.

With --scheduled, standard input is JSON that tells for how long backups are kept, as `keeping.Periods`:
{"days": 30, "months": 6, "years": 0}. The folder is not made then: where it is not there, a disk is not mounted. Once a
week the backup is checked.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable

from solakube_regtool.backup.checking import is_due
from solakube_regtool.backup.keeping import Kept, Periods, latest
from solakube_regtool.backup.taking import prune, take
from solakube_regtool.backup.target import Target
from solakube_regtool.commands.backup_check import check
from solakube_regtool.commands.backup_origin import opened
from solakube_regtool.errors import RegtoolError
from solakube_regtool.output import Output
from solakube_regtool.sources.opening import open_data
from solakube_regtool.storage.last_run import noted
from solakube_regtool.wording import counted, size

_INTERVAL = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("target", metavar="TARGET", help="a folder; made where there is none")
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument("--keep", type=int, metavar="N", help="delete all but the last N backups then")
    kept.add_argument(
        "--scheduled", action="store_true", help="in a folder that is there; what is kept is standard input"
    )


def run(options: argparse.Namespace, out: Output) -> int:
    """Take a backup, and remember how it went; 1 where a blob could not be copied."""
    out.dated = options.scheduled
    kept = _kept(options)
    target, tree = Target(options.target), open_data(options).tree
    with noted(tree, "backup", out) as noting:
        if options.scheduled:
            _require_there(target.folder)
        taken = take(lambda _: opened(options, "backup"), target, throttled(out))
        noting.sentence, noting.success = taken.sentence(), not taken.faults
        noting.figures = {"tags": taken.summary.tags, "copied_bytes": taken.copied_bytes}
    for fault in taken.faults:
        out.record("fault", fault, fault=fault)
    out.record("backup", noting.sentence, target=target.folder, **taken.figures())
    if kept is not None:
        report_pruned(prune(target, kept, throttled(out)), out)
    due = options.scheduled and is_due(target)
    whole = not due or check(target, taken.name, False, tree, out)
    return 0 if whole and not taken.faults else 1


def _kept(options: argparse.Namespace) -> Kept | None:
    if options.scheduled:
        return read_periods(sys.stdin.read()).at(time.time())
    return None if options.keep is None else latest(options.keep)


def read_periods(text: str) -> Periods:
    """Read for how long backups are kept.

    Raises:
        RegtoolError: that is not told.
    """
    try:
        return Periods(**{name: int(number) for name, number in json.loads(text).items()})
    except (ValueError, TypeError, AttributeError) as error:
        raise RegtoolError("for how long backups are kept cannot be read", str(error)) from error


def _require_there(folder: str) -> None:
    if not os.path.isdir(folder):
        why = "no backup is taken: on the disk that is there instead it would be no backup"
        raise RegtoolError(f"the folder {folder} is not there", why, "mount what it is on, or make it")


def report_pruned(pruned: tuple[int, int, int], out: Output) -> None:
    """Tell what was deleted of old backups."""
    moments, blobs, freed = pruned
    text = f"deleted {counted(moments, 'backup')}, {counted(blobs, 'blob')}, {size(freed)}"
    out.record("pruned", text, backups=moments, blobs=blobs, freed_bytes=freed)


def throttled(out: Output) -> Callable[[str], None]:
    """Tell what is going on, twice a second at most."""
    last = 0.0

    def tell(text: str) -> None:
        nonlocal last
        if time.monotonic() > last + _INTERVAL:
            out.progress(text)
            last = time.monotonic()

    return tell
