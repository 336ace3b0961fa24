"""A collection in a bucket, step by step. docs/garbage-collection.md tells why nothing is lost.

A blob goes in two halves. First its links are taken away: whoever asks from then on is told that it is not there. When
all registries have ended what they had begun, and it still is reached by nothing and nobody has linked it anew, it is
copied aside and deleted. What found it in its place until that moment is over when they have done so once more: what is
reached by then comes back, and the copies of the rest are deleted.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator, Mapping, Sequence, Set

from solakube_regtool.alive.mark import Marked
from solakube_regtool.alive.owners import reached_by
from solakube_regtool.collect.candidates import parents_first
from solakube_regtool.collect.report import Options, Report
from solakube_regtool.collect.steps import Step, Steps
from solakube_regtool.http.parallel import Crew
from solakube_regtool.objects import candidates
from solakube_regtool.objects.candidates import Candidate
from solakube_regtool.objects.journal import Batch, Journal
from solakube_regtool.objects.lock import ObjectLock
from solakube_regtool.objects.still import Registries
from solakube_regtool.objects.survey import look, undo_since
from solakube_regtool.objects.unfinished import abandoned
from solakube_regtool.objects.workspace import ObjectWorkspace
from solakube_regtool.oci import digests
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.object_leases import ObjectLeases
from solakube_regtool.storage.object_tags import ObjectTags
from solakube_regtool.storage.tree import Tree

SLICE = 10_000
"""Blobs that go together. Each slice takes three more marks."""

LARGEST = 5 * 1024**3
"""Bytes of the largest object that S3 copies in one request (S3 API reference, CopyObject)."""

LATE = 5.0
"""Seconds after which a server has done, or never does, what a process asked for that is no more."""

_COPIES = 256
"""Copies between two looks at the lock."""


class ObjectCollector:
    """A collection. Nothing happens before its steps are taken; whoever holds the lock takes them.

    Args:
        tree: the registry.
        place: where it is.
        options: how to collect.
        report: what was done is added to it.
        lock: of the bucket, held.
        registries: all that share the bucket.
        workspace: the collector's own place.
        crew: does many things at a time.
    """

    def __init__(
        self,
        tree: Tree,
        place: BucketFiles,
        options: Options,
        report: Report,
        lock: ObjectLock,
        registries: Registries,
        workspace: ObjectWorkspace,
        crew: Crew,
    ) -> None:
        self._tree, self._place, self._options, self._report = tree, place, options, report
        self._lock, self._registries, self._workspace, self._crew = lock, registries, workspace, crew
        self._bucket = place.bucket
        self._journal = Journal(workspace, crew)
        self._leases = ObjectLeases(tree, place)
        self._spared = set[bytes]()
        tree.moved_to = workspace.folder_away

    def recover(self) -> Steps:
        """Put back what a run that was killed had taken away.

        The server may still do what that run had asked for: so all is put back once more when it has had time to.

        Raises:
            RegtoolError: the bucket failed, or another run took the lock.
        """
        yield Step("put back what a killed run left")
        batch = self._journal.left()
        if batch is None:
            return
        self._lock.hold()
        self._report.recovered += self._journal.put_back(batch)
        yield Step("wait for what was asked for", LATE)
        self._lock.hold()
        self._report.recovered += self._journal.put_back(batch)
        self._journal.empty(batch.links.keys())
        self._journal.end()

    def steps(self) -> Steps:
        """Collect.

        Raises:
            HeldError: somebody holds deletions. Whoever does waits for the lock, so it is looked at when that is held.
            RegtoolError: the bucket failed, or another run took the lock.
        """
        yield from self.recover()
        self._leases.require_none()
        yield Step("mark")
        marked = self._look()
        self._report.tell_of(marked, self._tree.blob_size)
        yield Step("end what was deleted")
        self._lock.hold()
        tags = ObjectTags(self._tree, self._place)
        tags.finish_deletions()
        tags.expire(self._undo_since())
        self._end_uploads()
        found = candidates.find(self._tree, self._place, marked)
        ready, used = candidates.sort(self._tree, found, marked, self._lock.now() - self._options.grace)
        for candidate in used.values():
            self._report.postpone(candidate.size, was_read=False)
        self._leave_large(ready)
        for keys in _slices(ready, marked):
            if self._leases.held():
                self._report.gave_way = True
                return
            yield from self._collect({key: ready[key] for key in keys if key not in self._spared})

    def _undo_since(self) -> float:
        return undo_since(self._options, self._lock.now())

    def _look(self) -> Marked:
        return look(self._tree, self._place, self._options, self._lock.now())

    def _end_uploads(self) -> None:
        for upload in abandoned(self._tree, self._place, self._lock.now() - self._options.uploads_older):
            for part in upload.parts:
                self._bucket.abort(part)
            if upload.folder:
                self._bucket.delete(found.key for found in list(self._bucket.objects(upload.folder)))
            self._report.add_uploads((1, upload.size))

    def _leave_large(self, ready: dict[bytes, Candidate]) -> None:
        for key in [key for key, candidate in ready.items() if candidate.size > LARGEST]:
            del ready[key]
            self._report.failures.append(f"{digests.text(key)}: S3 copies no more than 5 GiB in one request")

    # A slice

    def _collect(self, ready: Mapping[bytes, Candidate]) -> Steps:
        yield Step("look who came since")
        going = self._untouched(ready)
        batch = Batch({key: ready[key].links for key in going})
        yield Step("note what goes")
        self._lock.hold()
        self._journal.begin(batch)
        yield Step("take the links away")
        self._lock.hold()
        self._bucket.delete(link for links in batch.links.values() for link in links)
        yield Step("the links are away")
        going = yield from self._unwanted(ready, going)
        self._journal.put_back(batch, batch.links.keys() - going)
        if going:
            yield from self._move(going)
            left = yield from self._unwanted(ready, going)
            yield Step("put back what is wanted")
            self._journal.put_back(batch, going - left)
            going = left
        yield Step("empty the trash")
        self._lock.hold()
        self._journal.empty(batch.links.keys())
        yield Step("forget what went")
        self._journal.end()
        self._count(ready, going)

    def _count(self, ready: Mapping[bytes, Candidate], gone: Set[bytes]) -> None:
        self._report.in_use += len(ready) - len(gone)
        self._report.links += sum(len(ready[key].links) for key in gone)
        for key in gone:
            self._report.count(ready[key].size, ready[key].is_manifest)

    def _untouched(self, ready: Mapping[bytes, Candidate]) -> set[bytes]:
        """Give those that nobody has linked or come to need since they were found; the rest is in use.

        A push that found them there has written no link to them, but it may have set its tag long ago.
        """
        reached = self._look().reached
        links = candidates.links_to(self._tree, self._place, ready)
        linked = {key for key, _, _, written in links if written > ready[key].written}
        return self._without(ready, linked | (reached & ready.keys()), set(ready))

    def _move(self, keys: set[bytes]) -> Steps:
        """Copy blobs aside, and delete them in their place."""
        waiting = iter(sorted(keys))
        while some := list(itertools.islice(waiting, _COPIES)):
            yield Step("copy blobs aside")
            self._lock.hold()
            for _ in self._crew.each(self._copy, some):
                pass
        yield Step("delete the blobs")
        self._lock.hold()
        self._bucket.delete(self._workspace.blob(key) for key in sorted(keys))
        yield Step("the blobs are deleted")

    def _copy(self, key: bytes) -> None:
        self._bucket.copy(self._workspace.blob(key), self._workspace.away(key))

    def _unwanted(self, ready: Mapping[bytes, Candidate], keys: set[bytes]) -> Generator[Step, None, set[bytes]]:
        """Wait until what had been begun is over, and give those blobs that nobody wants then."""
        still = yield from self._registries.settle()
        if not still:
            return self._without(ready, keys, keys)
        yield Step("look who wants them")
        reached = self._look().reached
        linked = {key for key, *_ in candidates.links_to(self._tree, self._place, keys)}
        wanted = {key for key in keys if key in reached or key in linked}
        subjects = {key: self._subject(key) for key in keys if ready[key].is_manifest}
        # Their links are away, so a mark does not see what they belong to.
        while signing := {key for key, subject in subjects.items() if subject in reached or subject in wanted} - wanted:
            wanted |= signing
        return self._without(ready, wanted, keys)

    def _without(self, ready: Mapping[bytes, Candidate], used: set[bytes], keys: set[bytes]) -> set[bytes]:
        """Leave out, for the whole run, what is in use: whoever uses a manifest relies on all that it names."""
        for key in list(used):
            self._spared |= reached_by(self._tree, digests.text(key)) if ready[key].is_manifest else {key}
        return keys - self._spared

    def _subject(self, key: bytes) -> bytes | None:
        found = self._tree.manifest_of(key, noted=False)
        return found.subject if found else None


def _slices(ready: Mapping[bytes, Candidate], marked: Marked) -> Iterator[Sequence[bytes]]:
    """Give keys in slices: manifests before what they name, then blobs."""
    manifests = {key: marked.untagged.get(key, ()) for key, candidate in ready.items() if candidate.is_manifest}
    keys = itertools.chain(parents_first(manifests), (key for key in ready if key not in manifests))
    while current := list(itertools.islice(keys, SLICE)):
        yield current
