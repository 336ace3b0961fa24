"""Garbage collection while the registry is at work: `collect`, `undo`, `recover`.

How it works, and why nothing is lost and no push refused, is told in docs/garbage-collection.md.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator

from solakube_regtool.collect.activity import Activity, served_between
from solakube_regtool.collect.barrier import Clock
from solakube_regtool.collect.candidates import links_to
from solakube_regtool.collect.collector import Collector
from solakube_regtool.collect.guard import guarded
from solakube_regtool.collect.journal import Journal
from solakube_regtool.collect.lock import BusyError, RunLock
from solakube_regtool.collect.means import Means
from solakube_regtool.collect.report import Options, Progress, Report
from solakube_regtool.collect.steps import Steps
from solakube_regtool.collect.survey import Survey
from solakube_regtool.collect.trash import Trash
from solakube_regtool.errors import RegtoolError
from solakube_regtool.storage.leases import HeldError
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.workspace import Workspace

_DYING = 30.0
"""Seconds that the kernel may take to end a process with all that it holds."""


def _silent(_what: str, _done: int, _all: int) -> None:
    return


def collect(registry: Tree, options: Options | None = None, progress: Progress = _silent) -> Report:
    """Free what no tag reaches. Interrupted or killed, it puts everything back that it has not freed yet.

    Args:
        registry: the tree.
        options: how to collect.
        progress: told what is going on.

    Raises:
        BusyError: another run is at work.
        HeldError: somebody holds deletions.
        RegtoolError: the volume is full to the last block.
        OSError: the volume failed, or a folder cannot be read.
    """
    options = options or Options()
    begun = time.monotonic()
    report = Survey(registry, options, Clock()).report() if options.dry_run else _collect(registry, options, progress)
    report.seconds = time.monotonic() - begun
    report.finished = time.time()
    report.oddities = len(registry.oddities)
    return report


def _collect(registry: Tree, options: Options, progress: Progress) -> Report:
    with contextlib.closing(Activity(*options.metrics)) as activity:
        before = activity.served()
        with (
            guarded(lambda: recover(registry, patience=_DYING), harmless=(BusyError, HeldError)),
            _at_work(registry, options, activity, progress) as means,
        ):
            _run(Collector(means))
        after = activity.served()
    report = means.report
    if before and after:
        report.pushes, report.pulls, report.refused = served_between(before, after)
    return report


def undo(registry: Tree) -> int:
    """Bring back what the last collection with `keep` took.

    Returns:
        Number of blobs that went back. Their manifests are reached by digest; of tags, those of signatures and the
        like are made again. All of it counts as pushed at this moment.

    Raises:
        RegtoolError: nothing is kept, or another run is at work.
        OSError: the volume failed.
    """
    with _at_work(registry, Options(), Activity(), _silent) as means:
        kept = means.trash.kept()
        if not kept:
            raise RegtoolError("nothing can be brought back", "no collection with --keep is kept (any more)")
        restored = set(means.trash.restore(kept[-1][1]))
        for _, link in links_to(registry, restored):
            with contextlib.suppress(FileNotFoundError):
                os.utime(registry.link_path(link))
        return len(restored)


def recover(registry: Tree, patience: float = 0.0) -> int:
    """Put back what a run that was killed left in the trash. Call it whenever the program starts beside a registry.

    Args:
        registry: the tree.
        patience: seconds that another run may take to end: one that is dying holds the lock for a moment.

    Returns:
        Number of blobs that went back.

    Raises:
        BusyError: another run is at work.
        OSError: the volume failed.
    """
    with _at_work(registry, Options(), Activity(), _silent, patience) as means:
        _exhaust(Collector(means).recover())
        return means.report.recovered


@contextlib.contextmanager
def _at_work(
    registry: Tree, options: Options, activity: Activity, progress: Progress, patience: float = 0.0
) -> Iterator[Means]:
    workspace = Workspace(registry)
    workspace.prepare()
    lock = RunLock(workspace)
    lock.take(patience)
    journal = Journal(workspace)
    report = Report(took_over=str(lock.taken_over or ""))
    try:
        yield Means(
            registry, workspace, Trash(registry, workspace), journal, activity, Clock(), options, report, progress
        )
    finally:
        journal.close()
        lock.release()


def _run(collector: Collector) -> None:
    try:
        for step in collector.steps():
            if step.pause:
                _wait(step.name, step.pause, collector.means)
    except BaseException:
        _exhaust(collector.recover())
        raise


def _wait(name: str, seconds: float, means: Means) -> None:
    """Wait; long waits end when somebody holds deletions."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if seconds > 1:
            means.progress(name, int(seconds - left), int(seconds))
            if means.is_held():
                return
        time.sleep(min(left, 1.0))


def _exhaust(steps: Steps) -> None:
    for _ in steps:
        pass
