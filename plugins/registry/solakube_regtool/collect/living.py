"""What must stay, as a run knows it: by its last mark, and by what it has found in use since."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from solakube_regtool.alive.mark import Marked, mark, stands_for_itself
from solakube_regtool.alive.owners import reached_by
from solakube_regtool.alive.rules import Rules
from solakube_regtool.collect import barrier
from solakube_regtool.collect.barrier import Clock, Stamp
from solakube_regtool.collect.candidates import Candidate, Examined, examine, parents_first
from solakube_regtool.collect.report import Options, Report
from solakube_regtool.oci import digests
from solakube_regtool.storage.tree import Tree

SLICE = 50_000
"""Candidates that are held in memory with their links at a time, some 20 MiB."""

MOST_SLICES = 4
"""Slices of a round. Each takes a mark and a pass over all links, so their number may not grow with the registry."""


def slice_size(candidates: int) -> int:
    """Tell how many of so many candidates are held in memory at a time.

    What a slice has collected stays so if the run is killed in the next one: so they are not all in one.
    """
    return max(SLICE, math.ceil(candidates / MOST_SLICES))


class Sorted(NamedTuple):
    """Candidates, told apart by their use.

    Attributes:
        ready: were quiet for the grace period.
        used: were not, or stay for the sake of one that was not.
    """

    ready: list[Candidate]
    used: list[Candidate]


class Living:
    """What must stay.

    Args:
        registry: the tree.
        options: how to collect.
        clock: tells the time.
        report: tells whether the volume keeps access times.

    Attributes:
        marked: the outcome of the last mark.
    """

    def __init__(self, registry: Tree, options: Options, clock: Clock, report: Report) -> None:
        self._registry, self._options, self._clock, self._report = registry, options, clock, report
        self.marked = Marked.nothing()

    def mark(self) -> Marked:
        """Find what must stay. Of millions of digests no two marks are held at a time."""
        self.marked.clear()
        self.marked = mark(self._registry, self._rules())
        # Of use to those who tell about manifests; here what is reached counts.
        self.marked.manifests.clear()
        return self.marked

    def is_deserted(self, repository: str) -> bool:
        """Tell whether a repository holds nothing that must stay for its sake, however lately it was used."""
        rules = replace(self._rules(), used=lambda _: False)
        return not stands_for_itself(self._registry, repository, rules, self.marked.reached)

    def _rules(self) -> Rules:
        clock, options = self._clock, self._options
        unnamed_since = clock.stamped(clock.now() - options.untagged_grace)
        undo_since = self.undo_since if options.undo_period else math.inf
        return Rules(self._was_used, unnamed_since, options.held, options.keep_untagged, undo_since)

    def _was_used(self, link: os.stat_result) -> bool:
        return not self.is_quiet(barrier.stamp_of(link))

    def may_go(self, key: bytes) -> bool:
        """Tell whether nothing but its use within the grace period keeps a blob."""
        return key not in self.marked.reached or key in self.marked.relied

    def is_relied_on(self, key: bytes) -> bool:
        """Tell whether a blob stays for the sake of a manifest that was found in use, after the last mark too."""
        return key in self.marked.relied

    def slices(self) -> Iterator[Sequence[bytes]]:
        """Give the keys of what may go in slices: manifests before what they name, then blobs.

        While they are given other marks may be made; the last one counts.
        """
        candidates = self._candidates()
        size, keys = slice_size(len(candidates)), iter(candidates)
        while current := list(itertools.islice(keys, size)):
            yield current

    def _candidates(self) -> digests.KeyList:
        untagged, candidates = self.marked.untagged, digests.KeyList()
        manifests = dict.fromkeys(parents_first({key: untagged[key] for key in untagged if self.may_go(key)}))
        untagged.clear()
        candidates.extend(manifests)
        candidates.extend(key for key in self._registry.blob_keys() if key not in manifests and self.may_go(key))
        return candidates

    def sort(self, keys: Sequence[bytes]) -> Sorted:
        """Tell candidates that were quiet for the grace period from the rest.

        Raises:
            OSError: a file cannot be looked at.
        """
        candidates, used = [], set()
        for examined in examine(self._registry, keys):
            if self.may_go(examined.key):
                candidates.append(examined.candidate())
                if not self.are_quiet(examined):
                    used.add(examined.key)
        for candidate in candidates:
            if candidate.key in used:
                self.rely(candidate)
        told = Sorted([], [])
        for candidate in candidates:
            told[candidate.key in used or self.is_relied_on(candidate.key)].append(candidate)
        return told

    def was_read(self, examined: Examined) -> bool:
        """Tell whether nothing but reads of its links keeps a candidate from being quiet."""
        written = [examined.blob, *examined.links.values()]
        quiet = all(self._clock.changed(stamp) <= self.quiet_before for stamp in written)
        return quiet and any(link.accessed > link.changed for link in examined.links.values())

    def rely(self, candidate: Candidate) -> Collection[bytes]:
        """Hear that a candidate is in use: whoever uses a manifest relies on all that it names.

        That holds until the next mark, which finds by the traces of that use what stays.

        Returns:
            The keys of all that stays for its sake.
        """
        if not candidate.is_manifest:
            return (candidate.key,)
        parts = reached_by(self._registry, digests.text(candidate.key))
        self.marked.relied.update(parts - self.marked.reached)
        self.marked.reached.update(parts)
        return parts

    # Quiet

    @property
    def quiet_before(self) -> float:
        """When the grace period began, in seconds since 1970."""
        return self._clock.now() - self._options.grace

    @property
    def undo_since(self) -> float:
        """The time stamp, in seconds since 1970, of the last deletion of a tag that cannot be undone."""
        return self._clock.stamped(self._clock.now() - self._options.undo_period)

    @property
    def abandoned_before(self) -> float:
        """The time stamp, in seconds since 1970, of what was written last when an upload counts as abandoned."""
        return self._clock.stamped(self._clock.now() - self._options.uploads_older)

    def is_quiet(self, link: Stamp) -> bool:
        """Tell whether a link with this stamp was neither written nor read within the grace period."""
        return barrier.quiet_since(link, self._clock, self._report.keeps_access_times) <= self.quiet_before

    def are_quiet(self, examined: Examined) -> bool:
        """Tell whether neither a blob nor its links were used within the grace period."""
        blob_changed = self._clock.changed(examined.blob)
        return blob_changed <= self.quiet_before and all(map(self.is_quiet, examined.links.values()))
