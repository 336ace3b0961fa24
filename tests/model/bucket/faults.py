"""Collectors of which each leaves out one look, or one rule of what is alive. The model must notice."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace

from solakube_regtool.alive.mark import Marked
from solakube_regtool.collect.steps import Step, Steps
from solakube_regtool.objects import collector, survey
from solakube_regtool.objects.candidates import Candidate
from solakube_regtool.objects.collector import LATE, ObjectCollector
from solakube_regtool.objects.journal import Journal
from solakube_regtool.objects.still import Registries
from solakube_regtool.storage.deletions import Deletions
from solakube_regtool.storage.object_leases import ObjectLeases
from solakube_regtool.storage.object_tags import ObjectTags

from tests.model.faults import REFERRERS, UNNAMED, patched

_expire = ObjectTags.expire


class Patched(ObjectCollector):
    """A collector one part of which is another one."""

    place: object
    name: str
    part: Callable[..., object]

    def steps(self) -> Iterator[Step]:
        return patched(super().steps(), self.place, self.name, self.part)

    def recover(self) -> Steps:
        return patched(super().recover(), self.place, self.name, self.part)


def _at_once(registries: Registries) -> Generator[Step, None, bool]:
    del registries
    yield from ()
    return True


class NoWait(Patched):
    """Waits for no request under way."""

    place, name, part = Registries, "settle", _at_once


class NoLooks(ObjectCollector):
    """Looks for nobody who came since the links were taken away."""

    left_out: Sequence[int] = (0, 1)
    _looks = 0

    def _unwanted(self, ready: Mapping[bytes, Candidate], keys: set[bytes]) -> Generator[Step, None, set[bytes]]:
        self._looks += 1
        if self._looks % 2 in self.left_out:
            yield Step("no look")
            return keys
        return (yield from super()._unwanted(ready, keys))


class NoLastLook(NoLooks):
    """Looks for nobody who came while the blobs were deleted."""

    left_out = (0,)


class NoRecovery(ObjectCollector):
    """Forgets what a run that was killed had taken away."""

    def recover(self) -> Steps:
        yield from ()
        self._journal.end()


class NoPatience(ObjectCollector):
    """Puts back what a killed run had taken away, and does not wait for what that had asked for."""

    def recover(self) -> Steps:
        return (step for step in super().recover() if step.pause < LATE)


class NoNewcomers(Patched):
    """Waits for the registries that were there when it began, and for none that has come since."""

    place, name = Registries, "_has_come"
    part = staticmethod(lambda _: False)


class NoJournal(Patched):
    """Puts nothing down before it takes links away."""

    place, name, part = Journal, "begin", staticmethod(lambda journal, batch: None)


class PutsNothingBack(Patched):
    """Leaves away what somebody wants."""

    place, name, part = Journal, "put_back", staticmethod(lambda journal, batch, keys=None: 0)


class NoHolders(ObjectCollector):
    """Takes what a cluster names."""

    def _look(self) -> Marked:
        self._options = replace(self._options, held=frozenset())
        return super()._look()


class NoLeases(Patched):
    """Heeds nobody who holds deletions."""

    place, name = ObjectLeases, "held"
    part = staticmethod(lambda _: ())


class NoUndo(Patched):
    """Takes what a tag that can be brought back pointed to."""

    place, name = collector, "look"
    part = staticmethod(
        lambda tree, place, options, now: survey.look(tree, place, replace(options, undo_period=0.0), now)
    )


class NoNotes(Patched):
    """Takes what a tag pointed to that was deleted, since it knows of none."""

    place, name = Deletions, "deletions"
    part = staticmethod(lambda *_: ())


class ForgetsAtOnce(Patched):
    """Forgets at once what was deleted."""

    place, name = ObjectTags, "expire"
    part = staticmethod(lambda tags, before: _expire(tags, math.inf))


class NoEndOfDeletions(Patched):
    """Leaves what a killed process had begun to delete."""

    place, name = ObjectTags, "finish_deletions"
    part = staticmethod(lambda _: None)


class NoReferrers(Patched):
    """Takes what refers to a living image."""

    place, name = REFERRERS
    part = staticmethod(lambda *_: ())


class NoUnnamed(Patched):
    """Takes an image that was pushed by digest before its index comes."""

    place, name = UNNAMED
    part = staticmethod(lambda *_: ())


FAULTS: Sequence[type[ObjectCollector]] = (
    NoWait,
    NoLooks,
    NoLastLook,
    NoRecovery,
    NoPatience,
    NoNewcomers,
    NoJournal,
    PutsNothingBack,
    NoHolders,
    NoLeases,
    NoUndo,
    NoNotes,
    ForgetsAtOnce,
    NoEndOfDeletions,
    NoReferrers,
    NoUnnamed,
)
