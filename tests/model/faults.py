"""Collectors of which each leaves out one look, or one rule of what is alive. The model must notice."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from unittest import mock

from solakube_regtool.alive.mark import Marked
from solakube_regtool.alive.reach import Reach
from solakube_regtool.alive.rules import Rules
from solakube_regtool.collect import collector
from solakube_regtool.collect.candidates import Candidate
from solakube_regtool.collect.collector import Collector
from solakube_regtool.collect.living import Living
from solakube_regtool.collect.newcomers import Newcomers
from solakube_regtool.collect.steps import Step, Steps
from solakube_regtool.collect.sweep import Sweep
from solakube_regtool.storage.tree import Tree

REFERRERS, UNNAMED = (Reach, "refer"), (Reach, "_reach_unnamed")
"""Where the mark follows what refers to an image, and what waits for its index."""


def patched(steps: Iterator[Step], place: object, name: str, part: object) -> Iterator[Step]:
    """Take steps with a part of a place being another one: while each is taken, and not in between."""
    while True:
        with mock.patch.object(place, name, part):
            step = next(steps, None)
        if step is None:
            return
        yield step


class _NoLookAtLinksAfterMoving(Sweep):
    def untouched_since(self, candidate: Candidate) -> bool:
        del candidate
        return True


class FaultySweep(Collector):
    kind: type[Sweep]

    def sweep(self, newcomers: Newcomers) -> Sweep:
        return self.kind(self.means, self.living, newcomers)


class NoLookAtLinksAfterMoving(FaultySweep):
    """Does not look whether a push has asked for a blob while it was being moved away."""

    kind = _NoLookAtLinksAfterMoving


class _MarksOnce(Living):
    _first: Marked | None = None

    def mark(self) -> Marked:
        self._first = self._first or super().mark()
        return self._first


class FaultyLiving(Collector):
    knows: type[Living]

    def new_living(self) -> Living:
        return self.knows(self.means.registry, self.means.options, self.means.clock, self.means.report)


class NoSecondMark(FaultyLiving):
    """Takes, after the grace period, what was unreached before it."""

    knows = _MarksOnce


class _KnowsNoGrace(Living):
    @property
    def quiet_before(self) -> float:
        return super().quiet_before + 1e9


class NoGrace(FaultyLiving):
    """Takes what was used a moment ago."""

    knows = _KnowsNoGrace


class _KnowsNoReliance(Living):
    def _was_used(self, link: os.stat_result) -> bool:
        del link
        return False

    def rely(self, candidate: Candidate) -> Collection[bytes]:
        return (candidate.key,)


class NoReliance(FaultyLiving):
    """Takes what a manifest names that was asked for a moment ago."""

    knows = _KnowsNoReliance


class NoRecovery(Collector):
    """Leaves where it is what it had moved when it was killed."""

    def recover(self) -> Steps:
        yield from ()


class _LeavesOut(Living):
    rule: tuple[type, str]

    def mark(self) -> Marked:
        with mock.patch.object(*self.rule, lambda *_: ()):
            return super().mark()


class _LeavesOutReferrers(_LeavesOut):
    rule = REFERRERS


class NoReferrers(FaultyLiving):
    """Takes what refers to a living image."""

    knows = _LeavesOutReferrers


class _LeavesOutUnnamed(_LeavesOut):
    rule = UNNAMED


class NoUnnamed(FaultyLiving):
    """Takes an image that was pushed by digest before its index comes."""

    knows = _LeavesOutUnnamed


class _LeavesOutDamage(_LeavesOut):
    rule = (Reach, "_pin")


class NoDamagedManifests(FaultyLiving):
    """Takes what a manifest names that cannot be read."""

    knows = _LeavesOutDamage


class _LeavesOutHistory(_LeavesOut):
    rule = (Tree, "stands_for")


class NoDamagedTags(FaultyLiving):
    """Takes what a tag points to that cannot be read."""

    knows = _LeavesOutHistory


class _LeavesOutHeld(Living):
    def _rules(self) -> Rules:
        return replace(super()._rules(), held=frozenset())


class NoHolders(FaultyLiving):
    """Takes what a cluster names."""

    knows = _LeavesOutHeld


class _LeavesOutUndo(Living):
    def _rules(self) -> Rules:
        return replace(super()._rules(), undo_since=math.inf)


class NoUndo(FaultyLiving):
    """Takes what a tag pointed to until it was deleted or moved lately."""

    knows = _LeavesOutUndo


class NoLeases(Collector):
    """Begins though somebody holds deletions."""

    def steps(self) -> Steps:
        yield from patched(super().steps(), collector, "require_not_held", lambda _: None)


FAULTS: Sequence[type[Collector]] = (
    NoLookAtLinksAfterMoving,
    NoSecondMark,
    NoGrace,
    NoReliance,
    NoRecovery,
    NoReferrers,
    NoUnnamed,
    NoDamagedManifests,
    NoDamagedTags,
    NoHolders,
    NoUndo,
    NoLeases,
)
