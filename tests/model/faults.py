"""Collectors of which each leaves out one look. The model must notice."""

from __future__ import annotations

from collections.abc import Sequence

from solakube_regtool.alive.mark import Marked
from solakube_regtool.collect.candidates import Candidate
from solakube_regtool.collect.collector import Collector
from solakube_regtool.collect.living import Living
from solakube_regtool.collect.newcomers import Look, Newcomers
from solakube_regtool.collect.sweep import Sweep


class _NoLookAtLinksAfterMoving(Sweep):
    def untouched_since(self, candidate: Candidate) -> bool:
        del candidate
        return True


class _NoLookForNewcomers(Sweep):
    def look(self) -> Look:
        return Look(self.means.registry, (), ())


class _FaultySweep(Collector):
    kind: type[Sweep]

    def sweep(self, newcomers: Newcomers) -> Sweep:
        return self.kind(self.means, self.living, newcomers)


class NoLookAtLinksAfterMoving(_FaultySweep):
    """Does not look whether a push has asked for a blob while it was being moved away."""

    kind = _NoLookAtLinksAfterMoving


class NoLookForNewcomers(_FaultySweep):
    """Does not look for pushes that found a blob in its place and linked it."""

    kind = _NoLookForNewcomers


class _MarksOnce(Living):
    _first: Marked | None = None

    def mark(self) -> Marked:
        self._first = self._first or super().mark()
        return self._first


class _FaultyLiving(Collector):
    knows: type[Living]

    def new_living(self) -> Living:
        return self.knows(self.means)


class NoSecondMark(_FaultyLiving):
    """Takes, after the grace period, what was unreached before it."""

    knows = _MarksOnce


class _KnowsNoGrace(Living):
    @property
    def quiet_before(self) -> float:
        return super().quiet_before + 1e9


class NoGrace(_FaultyLiving):
    """Takes what was used a moment ago."""

    knows = _KnowsNoGrace


FAULTS: Sequence[type[Collector]] = (
    NoLookAtLinksAfterMoving,
    NoLookForNewcomers,
    NoSecondMark,
    NoGrace,
)
