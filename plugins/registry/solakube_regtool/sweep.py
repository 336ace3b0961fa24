"""Moving candidates away, looking whether anyone came to rely on them meanwhile, and freeing those nobody did.

The order of steps, and what each look is good for, is told in docs/garbage-collection.md.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping, Sequence

from solakube_regtool import tree, uploads
from solakube_regtool.candidates import Candidate, links_to, stamps
from solakube_regtool.errors import RegtoolError
from solakube_regtool.links import remove_link
from solakube_regtool.mark import Marked
from solakube_regtool.means import Means
from solakube_regtool.newcomers import Newcomers
from solakube_regtool.steps import Step, Steps

BATCH = 100
"""Blobs that are moved at a stretch, in some milliseconds, once no request is under way."""

PATIENCE = 60.0
"""Seconds that a sweep waits at most, all in all, for moments without any request."""

POLL = 0.02
"""Seconds between two looks at the registry."""


class Sweep:
    """One sweep over some candidates.

    Args:
        means: what it works with; what was done is added to its report.
        mark: finds again what must stay.
        newcomers: began to look out before the candidates were examined.
    """

    def __init__(self, means: Means, mark: Callable[[], Marked], newcomers: Newcomers) -> None:
        self.means = means
        self.mark = mark
        self.newcomers = newcomers
        self._moved: dict[bytes, Candidate] = {}
        self._patience = PATIENCE
        self._alone = False

    def steps(self, candidates: Sequence[Candidate]) -> Steps:
        """Sweep candidates that were quiet for the grace period and that the last mark did not reach.

        Raises:
            RegtoolError: the volume is too full to move even one blob.
            OSError: the volume failed.
        """
        for start in range(0, len(candidates), BATCH):
            self.means.progress("moving", start, len(candidates))
            yield from self._wait_for_a_moment_alone()
            batch = {candidate.key: candidate for candidate in candidates[start : start + BATCH]}
            used = self.used_silently(batch)
            self.means.report.in_use += len(used)
            for key in batch.keys() - used:
                yield from self._move(batch[key])
            yield Step("look for newcomers", alone=self._alone, brisk=True)
            self._put_back_used()
        yield from self._decide()

    # Moving away

    def _move(self, candidate: Candidate) -> Steps:
        yield Step("look at the links", alone=self._alone, brisk=True)
        if not self.untouched(candidate):
            self.means.report.in_use += 1
            return
        yield Step("move the blob", alone=self._alone, brisk=True)
        try:
            moved = self.means.trash.move(candidate.key)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            yield from self._make_space(error)
            moved = self.means.trash.move(candidate.key)
        if moved:
            self._moved[candidate.key] = candidate
            yield Step("look at the links again", alone=self._alone, brisk=True)
            if not self.untouched_since(candidate):
                self._put_back(candidate.key)

    def _make_space(self, error: OSError) -> Steps:
        """Free what was moved so far, since the trash's own folder cannot grow."""
        if not self._moved:
            raise RegtoolError(
                "the volume is full to the last block", str(error), "delete any file on it, or expand it, and try again"
            ) from error
        yield from self._decide()

    def untouched(self, candidate: Candidate) -> bool:
        """Tell whether a candidate's links were neither read nor written since they were examined."""
        return stamps(self.means.registry, candidate.links) == candidate.links

    def untouched_since(self, candidate: Candidate) -> bool:
        """Tell the same after the blob was moved: from here on, whoever reads a link finds no blob."""
        return self.untouched(candidate)

    def _put_back(self, key: bytes) -> None:
        del self._moved[key]
        self.means.trash.put_back(key)
        self.means.report.in_use += 1

    def used_silently(self, candidates: Mapping[bytes, Candidate]) -> set[bytes]:
        """Give those that a push found, or may be finding, in their place without reading a link of theirs."""
        under_way = uploads.sizes_under_way(self.means.registry)
        changed = self.newcomers.changed()
        return {
            key
            for key, candidate in candidates.items()
            if candidate.blob.size in under_way or self.newcomers.linked(key, candidate.links, changed)
        }

    def _put_back_used(self) -> None:
        used = self.used_silently(self._moved)
        for key, candidate in list(self._moved.items()):
            if key in used or not self.untouched_since(candidate):
                self._put_back(key)

    # Waiting

    def _wait_for_a_moment_alone(self) -> Steps:
        """Wait until no request is under way, within what patience is left. See `Step.alone`."""
        while True:
            idle = self.means.activity.idle()
            self._alone = bool(idle)
            if idle is not False or self._patience <= 0:
                return
            self._patience -= POLL
            yield Step("wait for a moment without requests", POLL)

    def _settle(self) -> Steps:
        """Wait until all requests are over that may have seen a blob in its place."""
        left = min(self.means.options.settle, self.means.options.grace)
        while left > 0 and not self.means.activity.idle():
            yield Step("wait for the requests under way", POLL)
            left -= POLL
            self._put_back_used()
        yield Step("the requests under way are over")

    # Deciding and freeing

    def _decide(self) -> Steps:
        if not self._moved:
            return
        yield from self._settle()
        for key in self.wanted():
            yield Step("put back what is wanted", alone=self._alone)
            self._put_back(key)
        self.means.journal.persist()
        yield Step("decided", alone=self._alone)
        if self.means.options.keep:
            self._keep()
        else:
            yield from self._free()

    def wanted(self) -> list[bytes]:
        """Give those blobs that were moved away and are reached by now, or were linked or asked for anew."""
        reached = self.mark().reached
        found = links_to(self.means.registry, self._moved)
        return [
            key
            for key, candidate in self._moved.items()
            if key in reached or stamps(self.means.registry, found[key]) != candidate.links
        ]

    def _keep(self) -> None:
        """Set what was moved aside, with its links, such that it can be brought back as it was."""
        until = self.means.clock.now() + self.means.options.keep
        self.means.trash.keep(until)
        self.means.report.kept_until = until
        for candidate in self._moved.values():
            self._count(candidate)
        self._moved.clear()

    def _free(self) -> Steps:
        for number, candidate in enumerate(self._moved.values()):
            if number % BATCH == 0:
                self.means.progress("freeing", number, len(self._moved))
                yield from self._wait_for_a_moment_alone()
            for link, known in candidate.links.items():
                yield from remove_link(self.means.registry, self.means.journal, link, candidate.key, self._alone, known)
            yield Step("free the blob", alone=self._alone)
            self.means.trash.empty(candidate.key)
            self._count(candidate)
        self._moved.clear()

    def _count(self, candidate: Candidate) -> None:
        self.means.report.blobs += 1
        self.means.report.manifests += any(link.kind == tree.REVISIONS for link in candidate.links)
        self.means.report.freed_bytes += candidate.blob.size
