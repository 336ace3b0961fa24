"""`backup TARGET`: copy the registry into a folder; of blobs only those that are not there yet."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from solakube_regtool.backup.taking import prune, take
from solakube_regtool.backup.target import Target
from solakube_regtool.commands.backup_origin import opened
from solakube_regtool.output import Output
from solakube_regtool.sources.opening import open_data
from solakube_regtool.storage.last_run import noted
from solakube_regtool.wording import counted, size

_INTERVAL = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("target", metavar="TARGET", help="a folder; made where there is none")
    parser.add_argument("--keep", type=int, metavar="N", help="delete all but the last N backups then")


def run(options: argparse.Namespace, out: Output) -> int:
    """Take a backup, and remember how it went; 1 where a blob could not be copied."""
    target = Target(options.target)
    with noted(open_data(options).tree, "backup", out) as noting:
        taken = take(lambda _: opened(options, "backup"), target, throttled(out))
        noting.sentence, noting.success = taken.sentence(), not taken.faults
        noting.figures = {"tags": taken.summary.tags, "copied_bytes": taken.copied_bytes}
    for fault in taken.faults:
        out.record("fault", fault, fault=fault)
    out.record("backup", noting.sentence, target=target.folder, **taken.figures())
    if options.keep is not None:
        report_pruned(prune(target, options.keep, throttled(out)), out)
    return 1 if taken.faults else 0


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
