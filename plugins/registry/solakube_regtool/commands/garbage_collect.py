"""`garbage-collect`: free what no tag reaches, while pushes and pulls go on."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial

from solakube_regtool import durations, wording
from solakube_regtool.alive import held
from solakube_regtool.collect.report import Options, Progress, Report
from solakube_regtool.collect.run import collect, undo
from solakube_regtool.commands import alive_options, registry_options
from solakube_regtool.commands.check import check
from solakube_regtool.errors import RegtoolError
from solakube_regtool.output import Output
from solakube_regtool.sources.data import DataSource
from solakube_regtool.storage.last_run import noted
from solakube_regtool.storage.tree import Tree
from solakube_regtool.wording import counted, size


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--dry-run", action="store_true", help="tell what would be freed; change nothing")
    parser.add_argument("--grace", default="1h", metavar="AGE", help="what was used since then stays (default 1h)")
    parser.add_argument("--wait", action="store_true", help="wait until it is known of what was used since then")
    parser.add_argument("--keep", metavar="AGE", help="keep what is collected for so long, for --undo")
    parser.add_argument("--undo", action="store_true", help="bring back what the last run with --keep collected")
    alive_options.add_untagged_grace(parser)
    alive_options.add_undo_period(parser)
    alive_options.add_holders(parser)
    alive_options.add_addresses(parser)
    registry_options.add_metrics(parser)


def run(options: argparse.Namespace, out: Output) -> int:
    """Collect, or bring back what was collected."""
    _require_one_purpose(options)
    if options.bucket:
        return _run_in_bucket(options, out)
    tree = Tree(options.data)
    if options.undo:
        # That there is nothing to bring back is no fault of maintenance, and not remembered as one.
        count = undo(tree)
        with noted(tree, "undo", out) as noting:
            noting.sentence = f"brought {counted(count, 'blob')} back; their manifests are reached by digest"
        out.record("collected", noting.sentence, summary=noting.sentence, restored=count)
        return 0
    holders = alive_options.read_held(options)
    asked = _asked(options, holders)
    if options.dry_run:
        _tell(collected(tree, asked, out), options.grace, out)
        return 0
    done = free(tree, lambda: collected(tree, asked, out), options.grace, out)
    whole = not holders or check(DataSource(tree), holders, options.address, out)
    return 0 if done and whole else 1


def _run_in_bucket(options: argparse.Namespace, out: Output) -> int:
    # Imported here: a run on a volume needs none of it.
    from solakube_regtool.objects.survey import survey
    from solakube_regtool.sources.bucket import open_bucket

    for name in ("wait", "keep", "undo"):
        if getattr(options, name):
            why = "in an object storage it is freed or left at once"
            raise RegtoolError(f"--{name} is of no use for a bucket", why, "leave it out")
    holders = alive_options.read_held(options)
    asked = _asked(options, holders)
    if options.dry_run:
        source = open_bucket(options.bucket)
        _tell(survey(source.tree, source.place, asked), options.grace, out)
        return 0
    done = free_in_bucket(options.bucket, asked, options.grace, out)
    whole = not holders or check(open_bucket(options.bucket), holders, options.address, out)
    return 0 if done and whole else 1


def _asked(options: argparse.Namespace, holders: held.Held) -> Options:
    return Options(
        grace=durations.seconds(options.grace),
        wait=options.wait,
        dry_run=options.dry_run,
        keep=durations.seconds(options.keep) if options.keep else 0.0,
        metrics=registry_options.metrics(options),
        untagged_grace=durations.seconds(options.untagged_grace),
        held=held.keys(holders),
        keep_untagged=options.keep_untagged,
        undo_period=durations.seconds(options.undo_period),
    )


def _require_one_purpose(options: argparse.Namespace) -> None:
    """Refuse options of which one says the contrary of another, or nothing beside it.

    Raises:
        RegtoolError: there are such.
    """
    for first, others in (("undo", ("dry_run", "wait", "keep")), ("dry_run", ("wait", "keep"))):
        for other in others:
            if getattr(options, first) and getattr(options, other):
                names = [f"--{name.replace('_', '-')}" for name in (first, other)]
                raise RegtoolError(f"{names[0]} does not go with {names[1]}", "", "leave one of them out")


def free(tree: Tree, run: Callable[[], Report], grace: str, out: Output) -> bool:
    """Collect, and remember how it went.

    Args:
        tree: the registry's.
        run: collects; no dry run.
        grace: the grace period, as it was given.
        out: where to tell it.

    Returns:
        Whether all was freed that should be.

    Raises:
        RegtoolError, OSError: as `collect` does.
    """
    with noted(tree, "garbage-collect", out) as noting:
        report = run()
        _tell(report, grace, out)
        noting.sentence, noting.figures = summary(report, grace), report.figures()
        noting.success = not report.failures
    return not report.failures


def free_in_bucket(address: str, asked: Options, grace: str, out: Output) -> bool:
    """Collect in a bucket, and remember how it went; all else is as with `free`.

    Args:
        address: see `Address.read`.
        asked: how to collect.
    """
    # Imported here: a run on a volume needs none of it.
    from solakube_regtool.objects import run as objects
    from solakube_regtool.sources.bucket import open_bucket

    run = partial(objects.collect, lambda: open_bucket(address).place, asked, _progress(out))
    return free(open_bucket(address).tree, run, grace, out)


def collected(tree: Tree, asked: Options, out: Output) -> Report:
    """Collect on a volume, and tell how far it is. Errors are those of `collect`."""
    return collect(tree, asked, _progress(out))


def _progress(out: Output) -> Progress:
    return lambda what, done, total: out.progress(f"{what} {done}/{total}" if total else what)


def _tell(report: Report, grace: str, out: Output) -> None:
    sentence = summary(report, grace)
    out.record("collected", sentence, summary=sentence, **report.as_dict())


def summary(report: Report, grace: str) -> str:
    """Say in a few sentences what a collection did.

    Args:
        report: of the collection.
        grace: the grace period, as it was given.
    """
    verb = "would free" if report.dry_run else "freed"
    what = counted(report.blobs, "blob")
    told = [f"{verb} {size(report.freed_bytes)}: {what}, {report.manifests} of them manifests"]
    if report.kept_until:
        until = wording.moment(report.kept_until)
        told.append(f"they can be brought back until {until}; the first collection after that frees their space")
    told += [text for count, text in _counted(report, grace) if count]
    if report.pushes or report.pulls:
        pushes, pulls = counted(report.pushes or 0, "push", "pushes"), counted(report.pulls or 0, "pull")
        told.append(f"served meanwhile: {pushes} and {pulls}")
    if report.failures:
        entries = counted(len(report.failures), "entry", "entries")
        told.append(f"{entries} could not be moved or deleted, such as {report.failures[0]}")
    if report.oddities:
        told.append(f"{counted(report.oddities, 'odd entry', 'odd entries')} left alone")
    return "; ".join(filter(None, [*told, report.explain()]))


def _counted(report: Report, grace: str) -> Iterator[tuple[int, str]]:
    """Give the sentences that tell a number, with that number."""
    yield report.uploads, f"{counted(report.uploads, 'unfinished upload')}, {size(report.upload_bytes)}"
    attachments = len(report.attachments)
    yield attachments, f"{counted(attachments, 'signature')} or the like of images that are gone"
    yield report.in_use, f"{counted(report.in_use, 'blob')} came into use meanwhile: left"
    again = "a run a day from now" if report.unarmed else f"a run {grace} from now, or --wait,"
    postponed = f"{counted(report.postponed, 'blob')} ({size(report.postponed_bytes)})"
    yield report.postponed, f"{postponed} used lately: {again} can free them"
    unnamed = counted(report.unnamed, "manifest")
    yield report.unnamed, f"{unnamed} without a tag, pushed lately: left for the index that may name them"
    undoable = f"{counted(report.undoable, 'blob')} ({size(report.undoable_bytes)})"
    yield report.undoable, f"{undoable} of tags that were moved or deleted lately: `--now` frees them"
    yield report.gave_way, "it waited no longer, since somebody holds deletions: the rest is left to a later run"
    yield report.links, f"{counted(report.links, 'link')} to nothing removed"
    yield report.recovered, f"{counted(report.recovered, 'blob')} put back that a killed run had moved"
