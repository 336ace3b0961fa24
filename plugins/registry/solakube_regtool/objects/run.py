"""Garbage collection in a bucket while the registries are at work: `collect`, `recover`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from solakube_regtool.collect.activity import Activity, served_between
from solakube_regtool.collect.barrier import Clock
from solakube_regtool.collect.guard import guarded
from solakube_regtool.collect.lock import BusyError
from solakube_regtool.collect.report import Options, Progress, Report
from solakube_regtool.collect.steps import Steps
from solakube_regtool.errors import RegtoolError
from solakube_regtool.http.parallel import Crew
from solakube_regtool.objects.collector import ObjectCollector
from solakube_regtool.objects.lock import LAPSE, ObjectLock
from solakube_regtool.objects.report import ObjectReport
from solakube_regtool.objects.still import Registries
from solakube_regtool.objects.workspace import ObjectWorkspace
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.tree import Tree

Opened = Callable[[], BucketFiles]
"""Opens the registry's bucket, with connections of its own."""


def collect(opened: Opened, options: Options, progress: Progress, lapse: float = LAPSE) -> Report:
    """Free what no tag reaches. Interrupted or killed, it puts everything back that it has not freed yet.

    Args:
        opened: opens the bucket.
        options: how to collect.
        progress: told what is going on.
        lapse: see `lock.LAPSE`.

    Raises:
        BusyError: another run is at work.
        RegtoolError: the bucket failed, or the metrics of the registries are not to be had.
    """
    begun = time.monotonic()
    with (
        guarded(lambda: recover(opened, lapse), harmless=(BusyError,)),
        contextlib.closing(Activity(*options.metrics)) as activity,
        _at_work(opened, options, activity, lapse) as (collector, report, tree),
    ):
        served = activity.served()
        try:
            _take(collector.steps(), progress)
        except BaseException:
            _take(collector.recover(), progress)
            raise
        after = activity.served()
        if served and after:
            report.pushes, report.pulls, report.refused = served_between(served, after)
        report.seconds, report.finished = time.monotonic() - begun, time.time()
        report.oddities = len(tree.oddities)
    return report


def recover(opened: Opened, lapse: float = LAPSE) -> int:
    """Put back what a run that was killed had taken away.

    Returns:
        Number of blobs that had been moved.

    Raises:
        BusyError: another run is at work.
        RegtoolError: the bucket failed.
    """
    with (
        contextlib.closing(Activity()) as activity,
        _at_work(opened, Options(), activity, lapse) as (collector, report, _),
    ):
        _take(collector.recover(), lambda *_: None)
        return report.recovered


@contextlib.contextmanager
def _at_work(
    opened: Opened, options: Options, activity: Activity, lapse: float
) -> Iterator[tuple[ObjectCollector, Report, Tree]]:
    place = opened()
    tree, crew, clock = Tree(place.data, place), Crew(), Clock()
    workspace = ObjectWorkspace(tree, place)
    lock = ObjectLock(workspace, clock, lapse)
    lock.take()
    report = ObjectReport(took_over=str(lock.taken_over or ""))
    try:
        registries = Registries(activity, clock)
        yield ObjectCollector(tree, place, options, report, lock, registries, workspace, crew), report, tree
    finally:
        lock.release()
        crew.close()
        place.bucket.close()


def _take(steps: Steps, progress: Progress) -> None:
    for step in steps:
        progress(step.name, 0, 0)
        time.sleep(step.pause)


def require_metrics(options: Options) -> None:
    """Make sure that it can be told of each registry what is under way.

    Raises:
        RegtoolError: it cannot.
    """
    with contextlib.closing(Activity(*options.metrics)) as activity:
        if activity.has_cache():
            why = "its metrics tell of a cache of blobs (storage.cache): pushes would leave out what is freed"
            raise RegtoolError("a registry does not ask its storage", why, "take the cache out of its configuration")
        if not Registries(activity, Clock()).are_known:
            why = "when what it had begun is over is told by its metrics alone"
            hint = "name the debug addresses of all registries that share the bucket: --metrics URL"
            raise RegtoolError("a registry does not tell what it does", why, hint)
