"""What must stay in a bucket and what may go, and a dry run: what would go at this moment."""

from __future__ import annotations

import math
import time

from solakube_regtool.alive.mark import Marked, mark
from solakube_regtool.alive.rules import Rules, since
from solakube_regtool.collect.report import Options, Report
from solakube_regtool.objects import candidates
from solakube_regtool.objects.report import ObjectReport
from solakube_regtool.objects.unfinished import abandoned
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.tree import Tree


def look(tree: Tree, place: BucketFiles, options: Options, now: float) -> Marked:
    """List everything anew, and find what must stay.

    Args:
        tree: the registry.
        place: where it is.
        options: how to collect.
        now: seconds since 1970, by the server's clock.

    Raises:
        RegtoolError: the bucket cannot be read. Nothing can be said then of what is reachable.
    """
    place.forget()
    place.expect(tree.root)
    unnamed_since, used = now - options.untagged_grace, since(now - options.grace)
    return mark(tree, Rules(used, unnamed_since, options.held, options.keep_untagged, undo_since(options, now)))


def undo_since(options: Options, now: float) -> float:
    """Give when the last deletion was, by the server's clock, that cannot be undone; without an end where none can."""
    return now - options.undo_period if options.undo_period else math.inf


def survey(tree: Tree, place: BucketFiles, options: Options) -> Report:
    """Look at everything, and change nothing; see `look`."""
    report, now = ObjectReport(dry_run=True), time.time()
    marked = look(tree, place, options, now)
    report.tell_of(marked, tree.blob_size)
    for upload in abandoned(tree, place, now - options.uploads_older):
        report.add_uploads((1, upload.size))
    ready, used = candidates.sort(tree, candidates.find(tree, place, marked), marked, now - options.grace)
    for candidate in ready.values():
        report.count(candidate.size, candidate.is_manifest)
    for candidate in used.values():
        report.postpone(candidate.size, was_read=False)
    report.seconds, report.finished, report.oddities = time.time() - now, time.time(), len(tree.oddities)
    return report
