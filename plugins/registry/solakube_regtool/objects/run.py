"""Garbage collection in a bucket while the registries are at work: `collect`, `recover`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

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
from solakube_regtool.objects.presence import Presence, Registry, own_id
from solakube_regtool.objects.report import ObjectReport
from solakube_regtool.objects.still import Registries
from solakube_regtool.objects.workspace import ObjectWorkspace
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.leases import HeldError
from solakube_regtool.storage.tree import Tree

Opened = Callable[[], BucketFiles]
"""Opens the registry's bucket, with connections of its own."""


class _Held(NamedTuple):
    """A bucket of which this process holds the lock."""

    place: BucketFiles
    tree: Tree
    workspace: ObjectWorkspace
    lock: ObjectLock
    clock: Clock
    crew: Crew
    report: Report

    def collector(self, options: Options, registries: Registries) -> ObjectCollector:
        """Make what collects there."""
        held = (self.report, self.lock, registries, self.workspace, self.crew)
        return ObjectCollector(self.tree, self.place, options, *held)


def collect(opened: Opened, options: Options, progress: Progress, lapse: float = LAPSE) -> Report:
    """Free what no tag reaches. Interrupted or killed, it puts everything back that it has not freed yet.

    Args:
        opened: opens the bucket.
        options: how to collect.
        progress: told what is going on.
        lapse: see `lock.LAPSE`.

    Raises:
        BusyError: another run is at work.
        HeldError: somebody holds deletions.
        RegtoolError: the bucket failed, or the metrics of the registries are not to be had.
    """
    begun = time.monotonic()
    with (
        guarded(lambda: recover(opened, lapse), harmless=(BusyError, HeldError)),
        _hold(opened, lapse) as held,
        _asking(held, options) as (activity, registries),
    ):
        collector, report = held.collector(options, registries), held.report
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
        report.oddities = len(held.tree.oddities)
    return report


def recover(opened: Opened, lapse: float = LAPSE) -> int:
    """Put back what a run that was killed had taken away.

    Returns:
        Number of blobs that had been moved.

    Raises:
        BusyError: another run is at work.
        RegtoolError: the bucket failed.
    """
    with _hold(opened, lapse) as held:
        return _recover(held)


def _recover(held: _Held) -> int:
    # Nobody is waited for.
    nobody = Registries(Activity(), held.clock, frozenset(), frozenset)
    _take(held.collector(Options(), nobody).recover(), lambda *_: None)
    return held.report.recovered


@contextlib.contextmanager
def _hold(opened: Opened, lapse: float) -> Iterator[_Held]:
    place = opened()
    tree, crew, clock = Tree(place.data, place), Crew(), Clock()
    workspace = ObjectWorkspace(tree, place)
    lock = ObjectLock(workspace, clock, lapse)
    lock.take()
    report = ObjectReport(took_over=str(lock.taken_over or ""))
    try:
        yield _Held(place, tree, workspace, lock, clock, crew, report)
    finally:
        lock.release()
        crew.close()
        place.bucket.close()


@contextlib.contextmanager
def _asking(held: _Held, options: Options) -> Iterator[tuple[Activity, Registries]]:
    """Make sure that each registry tells what is under way: this one, and all that say they are there.

    Raises:
        RegtoolError: it cannot.
    """
    presence = Presence(held.workspace, held.lock.now)
    presence.forget_gone()
    present = presence.registries()
    others = [url for registry in present if registry.id != own_id() for url in registry.metrics]
    with contextlib.closing(Activity(*options.metrics, *others)) as activity:
        if activity.has_cache():
            why = "its metrics tell of a cache of blobs (storage.cache): pushes would leave out what is freed"
            raise RegtoolError("a registry does not ask its storage", why, "take the cache out of its configuration")
        registries = Registries(activity, held.clock, {registry.id for registry in present}, presence.ids)
        if not registries.are_known:
            raise _untold(activity, present)
        yield activity, registries


def _untold(activity: Activity, present: Iterable[Registry]) -> RegtoolError:
    """Say which registry does not tell what it does."""
    silent = {process.url for process in activity.processes if process.page() is None}
    names = [registry.name for registry in present if silent.intersection(registry.metrics)]
    who = f"the registry {', '.join(names)}, which shares the bucket," if names else "a registry"
    why = "when what it had begun is over is told by its metrics alone"
    hint = "name the debug addresses of all registries that share the bucket: --metrics URL"
    if names:
        hint = "run it again when it answers; one that is gone is forgotten after five minutes"
    return RegtoolError(f"{who} does not tell what it does", why, hint)


def _take(steps: Steps, progress: Progress) -> None:
    for step in steps:
        progress(step.name, 0, 0)
        time.sleep(step.pause)
