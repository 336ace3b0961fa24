"""Moving candidates away, looking whether anyone came to rely on them meanwhile, and freeing those nobody did.

The order of steps, and what each look is good for, is told in docs/garbage-collection.md.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Iterable, Sequence

from solakube_regtool.collect.candidates import Candidate, fingerprint, stamps
from solakube_regtool.collect.living import Living
from solakube_regtool.collect.means import Means, require_no_cache
from solakube_regtool.collect.moments import POLL, Moments
from solakube_regtool.collect.newcomers import Look, Newcomers
from solakube_regtool.collect.steps import Step, Steps
from solakube_regtool.errors import RegtoolError

STRETCH = 0.004
"""Seconds for which blobs are moved between two looks for newcomers.

As long as a look takes, where that is longer: with many repositories looking takes half of the time, not nearly all.
"""

LONGEST_REQUEST, LONGEST_UNSEEN_REQUEST = 10.0, 60.0
"""Seconds that a request may take from its look at a blob to its end; longer where no metrics tell that it is over."""

_LATENESS = 4
"""What a request uses while it is waited for is found within so small a part of the time that has passed."""

LOOKED_AFTER = 12_500
"""Blobs that are moved before manifests are looked at that are away: that takes some seconds."""

REPORTED = 1000
"""Blobs after which progress is told."""


class Sweep:
    """One sweep over some candidates.

    Args:
        means: what it works with; what was done is added to its report.
        living: knows what must stay.
        newcomers: began to look out before the candidates were examined.
    """

    def __init__(self, means: Means, living: Living, newcomers: Newcomers) -> None:
        self.means = means
        self.living = living
        self.newcomers = newcomers
        self._moved: dict[bytes, Candidate] = {}
        self._moments = Moments(means.activity)
        self._last_look: Look | None = None
        self._answered: tuple[int, ...] | None = None

    def steps(self, candidates: Sequence[Candidate]) -> Steps:
        """Sweep candidates that were quiet for the grace period and that the last mark did not reach.

        Raises:
            RegtoolError: the volume is too full to move even one blob.
            OSError: the volume failed.
        """
        waiting, looked = deque(candidates), 0
        while waiting:
            self.means.progress("moving", len(candidates) - len(waiting), len(candidates))
            if not self._moments.alone:
                yield from self._moments.wait()
            yield from self._move_some(waiting)
            looked = self.look_at_manifests(looked)
        yield from self._decide()

    # Moving away

    def look_at_manifests(self, looked: int) -> int:
        """Put back manifests that were stored again, the less often the more is away, as in `_settle`.

        Args:
            looked: how many blobs were away when they were looked at last.

        Returns:
            The same from now on.
        """
        away = len(self._moved)
        if away < max(LOOKED_AFTER, 2 * looked):
            return min(looked, away)
        self._put_back_used(self._manifests())
        return away

    def _move_some(self, waiting: deque[Candidate]) -> Steps:
        """Move candidates away for a short while, and put back those that came into use meanwhile."""
        clock = self.means.clock
        begun = clock.monotonic()
        look = self.look()
        looked = clock.monotonic()
        end = looked + max(STRETCH, looked - begun)
        batch: list[Candidate] = []
        while waiting and (not batch or clock.monotonic() < end):
            candidate = waiting.popleft()
            batch.append(candidate)
            if look.finds(candidate):
                self._spare(candidate)
            elif not self.living.is_relied_on(candidate.key):
                yield from self._move(candidate)
        yield Step("look for newcomers", alone=self._moments.alone, brisk=True)
        if self._moments.alone:
            # Where nobody has come meanwhile, this spares reading the folders of all repositories.
            self._moments.look()
        self._put_back_used(batch)

    def _move(self, candidate: Candidate) -> Steps:
        yield Step("look at the links", alone=self._moments.alone, brisk=True)
        if not self.untouched(candidate):
            self._spare(candidate)
            return
        yield Step("move the blob", alone=self._moments.alone, brisk=True)
        moved = False
        with self.means.tolerated():
            try:
                moved = self.means.trash.move(candidate.key)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                yield from self._make_space(error)
                moved = self.means.trash.move(candidate.key)
        if moved:
            self._moved[candidate.key] = candidate
            yield Step("look at the links again", alone=self._moments.alone, brisk=True)
            if not self.untouched_since(candidate):
                self._spare(candidate)

    def _make_space(self, error: OSError) -> Steps:
        """Free what was moved so far, since the trash's own folder cannot grow."""
        if not self._moved:
            raise RegtoolError(
                "the volume is full to the last block", str(error), "delete any file on it, or expand it, and try again"
            ) from error
        yield from self._decide()

    def untouched(self, candidate: Candidate) -> bool:
        """Tell whether a candidate's links were neither read nor written since they were examined."""
        return fingerprint(stamps(self.means.registry, candidate.links)) == candidate.seen

    def untouched_since(self, candidate: Candidate) -> bool:
        """Tell the same after the blob was moved: from here on, whoever reads a link finds no blob."""
        return self.untouched(candidate)

    def _spare(self, candidate: Candidate) -> None:
        """Leave what is in use in its place, or put it back, with all that stays for its sake."""
        self.means.report.in_use += candidate.key not in self._moved
        for key in self.living.rely(candidate):
            self._put_back(key)

    def _put_back(self, key: bytes) -> None:
        if self._moved.pop(key, None):
            self.means.trash.put_back(key)
            self.means.report.in_use += 1

    def _manifests(self) -> Sequence[Candidate]:
        """Give those manifests that are away: a request that stores one again leaves a trace at its end alone."""
        return tuple(candidate for candidate in self._moved.values() if candidate.is_manifest)

    def look(self) -> Look:
        """Look for pushes that find a blob in its place without reading a link of it.

        The last look holds for as long as no request has been answered or begun since.
        """
        moment = self._moments.last
        unchanged = moment is not None and moment.idle and moment.answered == self._answered
        if self._last_look is None or not unchanged:
            self._answered = moment.answered if moment else None
            self._last_look = self.newcomers.look()
        return self._last_look

    def _put_back_used(self, moved: Iterable[Candidate]) -> None:
        look = self.look()
        for candidate in list(moved):
            used = look.finds(candidate) or not self.untouched_since(candidate)
            if used and candidate.key in self._moved:
                self._spare(candidate)

    # Waiting

    def _settle(self) -> Steps:
        """Wait until all requests are over that may have seen a blob in its place.

        A request that stores a manifest leaves no trace before it links it, so these are looked at until the end. All
        others are known of by now. The longer a request takes the less often: a look takes long where there are many
        repositories, and what is found late was not there for a fraction of the time that the request has taken.
        """
        longest, waited = min(self._longest_request(), self.means.options.grace), 0.0
        manifests = self._manifests()
        while True:
            moment = self._moments.look()
            self._put_back_used(manifests)
            if waited >= longest or (moment and moment.idle):
                break
            pause = min(max(POLL, waited / _LATENESS), longest - waited)
            yield Step("wait for the requests under way", pause)
            waited += pause
        yield Step("the requests under way are over")

    def _longest_request(self) -> float:
        settle = self.means.options.settle
        if settle is not None:
            return settle
        return LONGEST_REQUEST if self._moments.look() else LONGEST_UNSEEN_REQUEST

    # Deciding and freeing

    def _decide(self) -> Steps:
        if not self._moved:
            return
        yield from self._settle()
        for key in self.wanted():
            yield Step("put back what is wanted", alone=self._moments.alone)
            self._put_back(key)
        require_no_cache(self.means)
        self.means.journal.persist()
        yield Step("decided", alone=self._moments.alone)
        if self.means.options.keep:
            self._keep()
        else:
            yield from self._free()

    def wanted(self) -> list[bytes]:
        """Give those blobs that were moved away and are reached by now, those of a manifest in use included."""
        reached = self.living.mark().reached
        return [key for key in self._moved if key in reached]

    def _keep(self) -> None:
        """Set what was moved aside, with its links, such that it can be brought back as it was."""
        report, until = self.means.report, self.means.clock.now() + self.means.options.keep
        report.kept_until = self.means.trash.keep(until, report.kept_until)
        for candidate in self._moved.values():
            self.means.report.count(candidate.size, candidate.is_manifest)
        self._moved.clear()

    def _free(self) -> Steps:
        """Delete what was moved. The links to it lead to nothing from here on; see `links`."""
        for number, candidate in enumerate(self._moved.values()):
            if number % REPORTED == 0:
                self.means.progress("freeing", number, len(self._moved))
            yield Step("free the blob")
            with self.means.tolerated():
                self.means.trash.empty(candidate.key)
                self.means.report.count(candidate.size, candidate.is_manifest)
        self._moved.clear()
