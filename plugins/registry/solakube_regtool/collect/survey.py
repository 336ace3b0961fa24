"""A dry run: what a collection would do at this moment, told by the same looks, and nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence

from solakube_regtool.collect.barrier import Clock
from solakube_regtool.collect.candidates import examine_again
from solakube_regtool.collect.living import Living
from solakube_regtool.collect.report import Options, Report
from solakube_regtool.storage import uploads, volume
from solakube_regtool.storage.tree import Tree


class Survey:
    """A dry run over a registry's data.

    Args:
        registry: the tree.
        options: how to collect.
        clock: tells the time.
    """

    def __init__(self, registry: Tree, options: Options, clock: Clock) -> None:
        self._registry = registry
        kept = volume.keeps_access_times(registry)
        self._report = Report(dry_run=True, keeps_access_times=kept, how_known="" if kept else "it is mounted noatime")
        self._living = Living(registry, options, clock, self._report)

    def report(self) -> Report:
        """Look at everything.

        Raises:
            OSError: a folder cannot be read.
        """
        self._report.add_uploads(uploads.remove_abandoned(self._registry, self._living.abandoned_before, dry_run=True))
        marked = self._living.mark()
        self._report.tell_of(marked, self._registry.blob_size)
        self._report.attachments = [f"{tag.repository}:{tag.name}" for tag in marked.orphans]
        for keys in self._living.slices():
            self._look_at(keys)
        return self._report

    def _look_at(self, keys: Sequence[bytes]) -> None:
        ready, used = self._living.sort(keys)
        for candidate in ready:
            self._report.count(candidate.size, candidate.is_manifest)
        for examined in examine_again(self._registry, used):
            self._report.postpone(examined.blob.size, self._living.was_read(examined))
        for key in set(keys).difference(candidate.key for candidate in (*ready, *used)):
            folder = self._registry.blob_folder(key)
            self._report.add_uploads(uploads.leftovers(folder, self._living.abandoned_before, dry_run=True))
