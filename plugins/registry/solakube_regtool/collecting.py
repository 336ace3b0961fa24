"""`garbage-collect`: free what no tag reaches, while pushes and pulls go on."""

from __future__ import annotations

import argparse
import time

from solakube_regtool import durations
from solakube_regtool.collect import collect, undo
from solakube_regtool.errors import RegtoolError
from solakube_regtool.last_run import remember
from solakube_regtool.output import Output
from solakube_regtool.report import Options, Report
from solakube_regtool.tree import Tree


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--dry-run", action="store_true", help="tell what would be freed; change nothing")
    parser.add_argument("--grace", default="1h", metavar="AGE", help="what was used since then stays (default 1h)")
    parser.add_argument("--wait", action="store_true", help="wait until it is known of what was used since then")
    parser.add_argument("--keep", metavar="AGE", help="keep what is collected for so long, for --undo")
    parser.add_argument("--undo", action="store_true", help="bring back what the last run with --keep collected")
    parser.add_argument("--metrics", default="", metavar="URL", help="of the registry's debug address")


def run(options: argparse.Namespace, out: Output) -> int:
    """Collect, or bring back what was collected."""
    tree = Tree(options.data)
    if options.undo:
        count = undo(tree)
        _tell(tree, out, f"brought {count} blobs back; their manifests are reached by digest", {"restored": count})
        return 0
    report = collect(
        tree,
        Options(
            grace=durations.seconds(options.grace),
            wait=options.wait,
            dry_run=options.dry_run,
            keep=durations.seconds(options.keep) if options.keep else 0.0,
            metrics=options.metrics,
        ),
        lambda what, done, total: out.progress(f"{what} {done}/{total}" if total else what),
    )
    sentence = summary(report, options.grace)
    if report.dry_run:
        out.record("collected", sentence, summary=sentence, **report.as_dict())
    else:
        _tell(tree, out, sentence, report.as_dict())
    return 0


def summary(report: Report, grace: str) -> str:
    """Say in a few sentences what a collection did.

    Args:
        report: of the collection.
        grace: the grace period, as it was given.
    """
    verb = "would free" if report.dry_run else "freed"
    told = [f"{verb} {report.freed_bytes} bytes: {report.blobs} blobs, {report.manifests} of them manifests"]
    if report.kept_until:
        until = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(report.kept_until))
        told.append(f"they can be brought back until {until}, and take their space until then")
    if report.uploads:
        told.append(f"{report.uploads} abandoned uploads, {report.upload_bytes} bytes")
    if report.attachments:
        told.append(f"{len(report.attachments)} signatures or the like of images that are gone")
    if report.in_use:
        told.append(f"{report.in_use} blobs came into use meanwhile and stay")
    if report.postponed:
        told.append(f"{report.postponed} blobs were used lately: a run {grace} from now, or --wait, can free them")
    if report.recovered:
        told.append(f"{report.recovered} blobs that a killed run had moved were put back first")
    if report.pushes is not None:
        told.append(f"meanwhile {report.pushes} pushes and {report.pulls} pulls were served")
    if report.oddities:
        told.append(f"{report.oddities} odd entries were left alone")
    return "; ".join(filter(None, [*told, report.explain()]))


def _tell(tree: Tree, out: Output, sentence: str, fields: dict[str, object]) -> None:
    out.record("collected", sentence, summary=sentence, **fields)
    try:
        remember(tree, f"garbage-collect: {sentence}")
    except RegtoolError as error:
        # It is done all the same: a full volume of which nothing could be freed takes no note.
        out.progress(str(error))
