"""What must stay, as a run knows it: by its last mark, and by what it has found in use since."""

from __future__ import annotations

import os
from collections.abc import Collection

from solakube_regtool.alive.mark import Marked, mark
from solakube_regtool.alive.owners import reached_by
from solakube_regtool.alive.rules import Rules
from solakube_regtool.collect import barrier
from solakube_regtool.collect.barrier import Stamp
from solakube_regtool.collect.candidates import Candidate
from solakube_regtool.collect.means import Means
from solakube_regtool.oci import digests


class Living:
    """What must stay.

    Attributes:
        marked: the outcome of the last mark.
    """

    def __init__(self, means: Means) -> None:
        self._means = means
        self._relied_on: set[bytes] = set()
        self.marked = Marked.nothing()

    def begin_round(self) -> Marked:
        """Mark anew, and judge what was in use by its traces again."""
        self._relied_on.clear()
        return self.mark()

    def mark(self) -> Marked:
        """Find what must stay. Of millions of digests no two marks are held at a time."""
        self.marked.clear()
        self.marked = mark(self._means.registry, self._rules())
        # Of use to those who tell about manifests; here what is reached counts.
        self.marked.manifests.clear()
        return self.marked

    def _rules(self) -> Rules:
        clock, options = self._means.clock, self._means.options
        unnamed_since = clock.stamped(clock.now() - options.untagged_grace)
        return Rules(self._was_used, unnamed_since, options.held, options.keep_untagged, self._relied_on)

    def _was_used(self, link: os.stat_result) -> bool:
        return not self.is_quiet(barrier.stamp_of(link))

    def may_go(self, key: bytes) -> bool:
        """Tell whether nothing but its use within the grace period keeps a blob."""
        return key not in self.marked.reached or key in self.marked.relied

    def rely(self, candidate: Candidate) -> Collection[bytes]:
        """Hear that a candidate is in use: whoever uses a manifest relies on all that it names.

        Returns:
            The keys of all that stays for its sake.
        """
        if not candidate.is_manifest:
            return (candidate.key,)
        self._relied_on.add(candidate.key)
        parts = reached_by(self._means.registry, digests.text(candidate.key))
        self.marked.relied.update(parts - self.marked.reached)
        self.marked.reached.update(parts)
        return parts

    # Quiet

    @property
    def quiet_before(self) -> float:
        """When the grace period began, in seconds since 1970."""
        return self._means.clock.now() - self._means.options.grace

    def is_quiet(self, link: Stamp) -> bool:
        """Tell whether a link with this stamp was neither written nor read within the grace period."""
        clock, report = self._means.clock, self._means.report
        return barrier.quiet_since(link, clock, report.keeps_access_times) <= self.quiet_before

    def are_quiet(self, candidate: Candidate) -> bool:
        """Tell whether neither a candidate's blob nor its links were used within the grace period."""
        blob_changed = self._means.clock.changed(candidate.blob)
        return blob_changed <= self.quiet_before and all(map(self.is_quiet, candidate.links.values()))
