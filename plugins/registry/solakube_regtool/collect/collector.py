"""A collection from its beginning to its end, as a generator of steps."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import time
from collections.abc import Generator, Sequence
from typing import TypeVar

from solakube_regtool.alive.attachments import Attachment
from solakube_regtool.collect import barrier, links
from solakube_regtool.collect.candidates import Candidate, Examined, examine_again, stamps
from solakube_regtool.collect.litter import Litter
from solakube_regtool.collect.living import Living
from solakube_regtool.collect.means import Means, require_no_cache, require_not_held
from solakube_regtool.collect.newcomers import Newcomers
from solakube_regtool.collect.probe import probe
from solakube_regtool.collect.steps import Step, Steps
from solakube_regtool.collect.sweep import Sweep
from solakube_regtool.oci import digests
from solakube_regtool.storage import files, uploads
from solakube_regtool.storage.deletions import Deleted
from solakube_regtool.storage.links import REVISIONS, Link
from solakube_regtool.storage.untag import NAMED_ONCE, remove_tag

_WAITS = 2
"""Grace periods that are waited for: in the first a manifest without a tag grows old, in the second it is watched."""

_DELETING = 60.0
"""Seconds that deleting one tag takes at most."""

_Result = TypeVar("_Result")
Returning = Generator[Step, None, _Result]


class Collector:
    """One run over a registry's data."""

    def __init__(self, means: Means) -> None:
        self.means = means
        self.living = self.new_living()

    def new_living(self) -> Living:
        """Make what knows of what must stay."""
        return Living(self.means.registry, self.means.options, self.means.clock, self.means.report)

    def steps(self) -> Steps:
        """Collect.

        Raises:
            HeldError: somebody holds deletions.
            RegtoolError: the volume is too full.
            OSError: the volume failed, or a folder cannot be read.
        """
        require_not_held(self.means)
        require_no_cache(self.means)
        yield from self.recover()
        self._expire()
        self._remove_uploads()
        self._learn_about_the_volume()
        until = yield from self._round()
        for _ in range(_WAITS):
            if not (self.means.options.wait and until):
                break
            yield Step("grace period", pause=max(0.0, until - self.means.clock.now()))
            if self.means.is_held():
                self.means.report.gave_way = True
                return
            self.means.report.forget_postponed()
            until = yield from self._round()
        yield from Litter(self.means, self.living).steps()

    # What earlier runs left

    def recover(self) -> Steps:
        """Undo what a run that was killed had begun: its blobs go back, and may be collected again.

        Raises:
            OSError: the volume failed.
        """
        for key in self.means.trash.entries():
            yield Step("put back what a killed run left")
            with self.means.tolerated():
                self.means.report.recovered += self.means.trash.put_back(key)
        self.means.trash.make_tags()
        yield Step("end the removal of a link")
        links.recover(self.means)
        for name in files.names(self.means.workspace.untagged):
            path = f"{self.means.workspace.untagged}/{name}"
            with contextlib.suppress(FileNotFoundError):
                # A younger one may belong to a tag that is being deleted at this moment.
                if os.stat(path).st_ctime < time.time() - _DELETING:
                    shutil.rmtree(path, ignore_errors=True)

    def _expire(self) -> None:
        Deleted(self.means.registry).expire(self.living.undo_since)
        for until, folder in self.means.trash.kept():
            if until > self.means.clock.now():
                return
            self.means.trash.expire(folder)

    # Preparing

    def _remove_uploads(self) -> None:
        before = self.living.abandoned_before
        self.means.report.add_uploads(uploads.remove_abandoned(self.means.registry, before, dry_run=False))

    def _learn_about_the_volume(self) -> None:
        finding = probe(self.means.workspace)
        self.means.report.keeps_access_times = finding.keeps_access_times
        self.means.report.how_known = finding.how

    # A round

    def _round(self) -> Returning[float]:
        """Mark, sweep what nothing reaches and nobody used lately, and arm the links of the rest.

        Returns:
            When the rest will have been quiet for the grace period, in seconds since 1970; 0 if there is no rest, or
            that will not be known.
        """
        self.means.progress("reading", 0, 0)
        self.means.report.tell_of(self.living.mark(), self.means.registry.blob_size)
        yield from self._release_attachments()
        until = 0.0
        examined = 0
        for current in self.living.slices():
            self.means.progress("examining", examined, 0)
            examined += len(current)
            newcomers = Newcomers(self.means.registry)
            ready, armed_until = yield from self._sort(current)
            until = max(until, armed_until)
            yield from self.sweep(newcomers).steps(ready)
        return until

    def _release_attachments(self) -> Steps:
        """Remove the tags of signatures and the like whose image is going, unless somebody asked for one meanwhile."""
        if self.means.options.keep:
            self.means.trash.note_tags(self.living.marked.orphans)
        for tag in self.living.marked.orphans:
            yield Step("remove the tag of an attachment")
            used = functools.partial(self._is_used, tag)
            if remove_tag(self.means.registry, tag.repository, tag.name, digests.text(tag.key), used):
                self.means.report.attachments.append(f"{tag.repository}:{tag.name}")

    def _is_used(self, tag: Attachment) -> bool:
        """Tell whether an attachment or its image was pushed or asked for: either leaves a trace on its link."""
        links = (Link(tag.repository, REVISIONS, key) for key in (tag.key, tag.subject))
        return not all(map(self.living.is_quiet, stamps(self.means.registry, links).values()))

    def sweep(self, newcomers: Newcomers) -> Sweep:
        """Make a sweep."""
        return Sweep(self.means, self.living, newcomers)

    def _sort(self, keys: Sequence[bytes]) -> Returning[tuple[list[Candidate], float]]:
        """Give the candidates that were quiet for the grace period; arm the links of the rest.

        Returns:
            Those, and when the rest will have been quiet for the grace period; 0 if that will not be known.
        """
        ready, used = self.living.sort(keys)
        armed = False
        for examined in examine_again(self.means.registry, used):
            yield Step("arm the links")
            armed = self._arm(examined) or armed
            self.means.report.postpone(examined.blob.size, self.living.was_read(examined))
        return ready, self.means.clock.now() + self.means.options.grace if armed else 0.0

    def _arm(self, examined: Examined) -> bool:
        """Arm the links that a read would leave no trace on.

        A manifest that may go waits for no index. That stays known when the one that named it is gone. One whose link
        was written lately may have been pushed since the mark, and wait for one.

        Returns:
            False if some may not be armed: then waiting for the grace period tells nothing.
        """
        if not self.means.report.keeps_access_times:
            return True
        armed = True
        for link, stamp in examined.links.items():
            waits = link.kind != REVISIONS or self.means.clock.moment(stamp.modified) > self.living.quiet_before
            modified = stamp.modified if waits else NAMED_ONCE
            armed = barrier.arm(self.means.registry.link_path(link), stamp._replace(modified=modified)) and armed
        self.means.report.unarmed += not armed
        return armed
