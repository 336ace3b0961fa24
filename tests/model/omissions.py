"""Collectors of which each leaves out one step. `tests/unit/regtool/test_steps_of_a_run.py` has the moment for each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any
from unittest import mock

from solakube_regtool.collect import barrier, links, living, sweep, trash
from solakube_regtool.collect.barrier import Stamp
from solakube_regtool.collect.candidates import Candidate, Examined
from solakube_regtool.collect.collector import Collector
from solakube_regtool.collect.deserted import Deserted
from solakube_regtool.collect.moments import Moments
from solakube_regtool.collect.newcomers import Look, Newcomers
from solakube_regtool.collect.steps import Steps
from solakube_regtool.collect.sweep import Sweep

from tests.model.faults import FaultyLiving, FaultySweep, patched


class _Settles(Sweep):
    def _settle(self) -> Steps:
        yield from ()


class NoSettling(FaultySweep):
    """Frees blobs while requests are under way that saw them in their place."""

    kind = _Settles


class _SettlesUnseeing(Sweep):
    def _settle(self) -> Steps:
        with mock.patch.object(self, "_put_back_used"):
            yield from super()._settle()


class NoLookWhileSettling(FaultySweep):
    """Has manifests that are stored again wait until all requests are over."""

    kind = _SettlesUnseeing


class _LooksInTheEnd(Sweep):
    def look_at_manifests(self, looked: int) -> int:
        return looked


class NoLookWhileOthersAreMoved(FaultySweep):
    """Has manifests that are stored again wait until all others are moved."""

    kind = _LooksInTheEnd


class _NoLookForNewcomers(Sweep):
    def look(self) -> Look:
        return Look(self.means.registry, (), ())


class NoLookForNewcomers(FaultySweep):
    """Does not look for pushes that found a blob in its place and linked it."""

    kind = _NoLookForNewcomers


class _MovesUnseeing(Sweep):
    def untouched(self, candidate: Candidate) -> bool:
        del candidate
        return True

    def untouched_since(self, candidate: Candidate) -> bool:
        return super().untouched(candidate)


class NoLookAtLinksBeforeMoving(FaultySweep):
    """Moves what was asked for since it was examined."""

    kind = _MovesUnseeing


class _Unaware(Sweep):
    looks = 0

    def look(self) -> Look:
        found = super().look()
        self.looks += 1
        return Look(self.means.registry, (), ()) if self.looks % 2 else found


class NoNewcomersBeforeMoving(FaultySweep):
    """Moves what was linked anew since it was examined."""

    kind = _Unaware


class _PutsNothingBack(Sweep):
    def _put_back_used(self, moved: Iterable[Candidate]) -> None:
        if not isinstance(moved, list):
            super()._put_back_used(moved)


class NoLookAfterABatch(FaultySweep):
    """Leaves away what came into use while it was moved."""

    kind = _PutsNothingBack


class _KnowsNoSizes(Sweep):
    def look(self) -> Look:
        found = super().look()
        return Look(self.means.registry, (), found._changed)


class NoSizesOfUploads(FaultySweep):
    """Does not know of uploads that have found their blob in its place."""

    kind = _KnowsNoSizes


class _WantsNothing(Sweep):
    def wanted(self) -> list[bytes]:
        return []


class NoMarkBeforeFreeing(FaultySweep):
    """Frees what came to be reached while it was away."""

    kind = _WantsNothing


class _NeverWaits(Moments):
    def wait(self) -> Steps:
        self.look()
        yield from ()


class NoWaitForAMoment(Collector):
    """Moves blobs while requests are under way, though it could know."""

    def sweep(self, newcomers: Newcomers) -> Sweep:
        with mock.patch.object(sweep, "Moments", _NeverWaits):
            return super().sweep(newcomers)


class LateNewcomers(Collector):
    """Begins to look out for new links after it has listed the links there are."""

    def sweep(self, newcomers: Newcomers) -> Sweep:
        del newcomers
        return super().sweep(Newcomers(self.means.registry))


class _MovesWhatIsReliedOn(living.Living):
    def is_relied_on(self, key: bytes) -> bool:
        del key
        return False


class NoRelianceWhileMoving(FaultyLiving):
    """Moves what a manifest names that was found in use a moment before."""

    knows = _MovesWhatIsReliedOn


class NoArming(Collector):
    """Leaves links as they are, so that a read leaves a trace once a day."""

    def _arm(self, examined: Examined) -> bool:
        del examined
        return True


class _IgnoresReads(living.Living):
    def is_quiet(self, link: Stamp) -> bool:
        return barrier.quiet_since(link, self._clock, keeps_access_times=False) <= self.quiet_before


class NoAccessTimes(FaultyLiving):
    """Takes what was asked for within the grace period."""

    knows = _IgnoresReads


class ForgetsWhatWasNamed(Collector):
    """Does not note that a manifest may go which an index named that is gone by then."""

    def _arm(self, examined: Examined) -> bool:
        armed = True
        for link, stamp in examined.links.items():
            armed = barrier.arm(self.means.registry.link_path(link), stamp) and armed
        return armed


class _IgnoresBlobs(living.Living):
    def are_quiet(self, examined: Examined) -> bool:
        return all(map(self.is_quiet, examined.links.values()))


class NoAgeOfBlobs(FaultyLiving):
    """Takes blobs that were stored a moment ago and are not linked yet."""

    knows = _IgnoresBlobs


class _KnowsLayersFirst(living.Living):
    def sort(self, keys: Sequence[bytes]) -> living.Sorted:
        found = super().sort(keys)
        found.ready.reverse()
        return found


class LayersFirst(FaultyLiving):
    """Frees layers before the manifests that name them."""

    knows = _KnowsLayersFirst


class _ReliesOnNothing(living.Living):
    def rely(self, candidate: Candidate) -> Collection[bytes]:
        return (candidate.key,)


class NoRelianceOnParts(FaultyLiving):
    """Takes what a manifest names that was asked for since the mark."""

    knows = _ReliesOnNothing


class _UsesNothing(living.Living):
    def _was_used(self, link: Any) -> bool:
        del link
        return False


class NoUseInTheMark(FaultyLiving):
    """Takes the signatures of an image without a tag that was asked for lately."""

    knows = _UsesNothing


class _SortsOneByOne(living.Living):
    def sort(self, keys: Sequence[bytes]) -> living.Sorted:
        with mock.patch.object(self, "rely"):
            return super().sort(keys)


class NoRelianceInSorting(FaultyLiving):
    """Takes what a manifest names that was asked for after the mark and before it was looked at."""

    knows = _SortsOneByOne


class _SortsAllThatIsListed(living.Living):
    def sort(self, keys: Sequence[bytes]) -> living.Sorted:
        with mock.patch.object(self, "may_go", return_value=True):
            return super().sort(keys)


class NoLaterMarkInSorting(FaultyLiving):
    """Moves what the mark at the end of an earlier slice has found alive."""

    knows = _SortsAllThatIsListed


class ReleasesUnseeing(Collector):
    """Removes the tag of a signature that was asked for since the mark."""

    def _is_used(self, tag: Any) -> bool:
        del tag
        return False


class _Patched(Collector):
    """A collector one part of which is another one."""

    place: object
    name: str
    part: object

    def steps(self) -> Steps:
        return patched(super().steps(), self.place, self.name, self.part)

    def recover(self) -> Steps:
        return patched(super().recover(), self.place, self.name, self.part)


class NoJournal(_Patched):
    """Leaves a link away that it was removing when it was killed."""

    place, name, part = links, "recover", staticmethod(lambda means: None)


class DeletesWhatIsWanted(_Patched):
    """Deletes what came into use while it was away, rather than putting it back."""

    place, name, part = trash.Trash, "put_back", staticmethod(lambda place, key: place.empty(key))


class PutsBackUnchecked(_Patched):
    """Gives its own copy up where anything stands in the blob's place."""

    place, name, part = trash, "_is_whole", staticmethod(lambda path, copy, key: True)


class ImpatientWithoutMetrics(_Patched):
    """Takes ten seconds for a request's longest life where it does not know of requests."""

    place, name, part = sweep, "LONGEST_UNSEEN_REQUEST", sweep.LONGEST_REQUEST


def _looks(at: Callable[[str], bool]) -> Any:
    """Look at a link only where that is called for."""
    real = links.is_used
    return staticmethod(lambda means, key, path, known: at(path) and real(means, key, path, known))


class NoLookBeforeALinkGoes(_Patched):
    """Moves a link away that was used since it was found to lead to nothing."""

    place, name, part = links, "is_used", _looks(lambda path: path.endswith(links.AWAY))


class NoLookAfterALinkWent(_Patched):
    """Removes a link that was used while it was moved away."""

    place, name, part = links, "is_used", _looks(lambda path: not path.endswith(links.AWAY))


def _looks_at_unneeded(at: Callable[[str], bool]) -> Any:
    """Look at a link that nothing needs only where that is called for."""
    real = links.is_touched
    return staticmethod(lambda path, known: at(path) and real(path, known))


class NoLookBeforeAnUnneededLinkGoes(_Patched):
    """Moves a link away that was used since it was found to be needed by nothing."""

    place, name, part = links, "is_touched", _looks_at_unneeded(lambda path: path.endswith(links.AWAY))


class NoLookAfterAnUnneededLinkWent(_Patched):
    """Removes a link that was used while it was moved away."""

    place, name, part = links, "is_touched", _looks_at_unneeded(lambda path: not path.endswith(links.AWAY))


def _looks_once(moments: Moments) -> Steps:
    if moments.last is None:
        moments.look()
    yield from ()


class NoWaitForReaders(_Patched):
    """Removes a link that a request has opened and not read yet."""

    place, name, part = Moments, "wait", staticmethod(_looks_once)


class LeavesDesertedRepositories(_Patched):
    """Leaves a repository for ever that links what others need."""

    place, name, part = Deserted, "steps", staticmethod(lambda deserted, repository: iter(()))


class RemovesFoldersAtAnyTime(_Patched):
    """Removes empty folders while requests are under way."""

    place, name, part = Moments, "alone", True
