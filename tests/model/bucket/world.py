"""Registries on a bucket, clients at work on them, a collector that may end at any request, and what must hold."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Sequence

from solakube_regtool.collect.barrier import Clock
from solakube_regtool.collect.report import Options
from solakube_regtool.collect.steps import Step
from solakube_regtool.errors import RegtoolError
from solakube_regtool.history.undeleting import is_stored
from solakube_regtool.history.versions import versions
from solakube_regtool.http.parallel import Crew
from solakube_regtool.objects import lock
from solakube_regtool.objects.collector import ObjectCollector
from solakube_regtool.objects.presence import Presence
from solakube_regtool.objects.report import ObjectReport
from solakube_regtool.objects.still import Registries
from solakube_regtool.objects.workspace import ObjectWorkspace
from solakube_regtool.s3.answers import Object
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.object_leases import ObjectLeases
from solakube_regtool.storage.object_tags import ObjectTags
from solakube_regtool.storage.tree import Tag, Tree

from tests.model.alive import Alive
from tests.model.bucket.distribution import ObjectDistribution
from tests.model.bucket.registries import ModelActivity
from tests.model.bucket.store import Store
from tests.model.bucket.way import Before, OneByOne, Way, at_once, ends_at
from tests.model.clients import MANIFEST, Client, Clients
from tests.model.distribution import RefusedError, digest_of
from tests.model.world import GRACE, UNTAGGED_GRACE

DAY = 86_400.0
LONGEST_REQUEST = 2.0
"""Seconds that a request takes at most which is not about a manifest: what the collector relies on."""

OPENS, CLOSES = "look who came since", ("forget what went", "mark")
"""Steps between which a push may be refused, and one that is accepted may not pull yet."""

_COPY = "copy"

NewCollector = type[ObjectCollector]


class ObjectClock(Clock):
    """Stands still, but for being put forward. Objects have whole seconds, and begin within one."""

    def __init__(self) -> None:
        self._now = 1e9 + 0.4

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    def forward(self, seconds: float) -> None:
        """Put it forward."""
        self._now += seconds


class _Lock(lock.ObjectLock):
    """A lock whose former holder is dead, and that is written anew when time passes."""

    def _require_left(self, lock: Object) -> None:
        del lock

    def renew(self) -> None:
        """Hear that it was written anew."""
        self._renewed = self._clock.monotonic()

    def _renew(self) -> None:
        pass


class World:
    """What happens is up to its caller; it says what must hold.

    Args:
        chance: decides what clients push, and which registry they ask.
        replicas: registries.
        repositories: what clients push to.
        new_collector: makes the collector; a test of the test makes a faulty one.
        page: objects that a listing tells of at a time.
        before: hears of each of the collector's requests; see `way`.
        undo: seconds for which a tag can be brought back, as `Alive` has it.

    Attributes:
        page: as above.
    """

    def __init__(
        self,
        chance: random.Random,
        replicas: int,
        repositories: Sequence[str],
        new_collector: NewCollector,
        page: int,
        before: Before,
        undo: float = 0.0,
    ) -> None:
        self.clock, self._chance, self.page, self._before = ObjectClock(), chance, page, before
        self.store = Store(self.clock.now)
        self.registry = ObjectDistribution(self.store)
        self.alive = Alive(self.clock.now, undo)
        self.clients = Clients(self.registry, chance, self.clock.now, repositories, self.alive, reads_tell=False)
        self.windows = self.clients.windows
        place = self._place(at_once)
        presence = Presence(ObjectWorkspace(Tree(place.data, place), place), self.clock.now)
        self.activity = ModelActivity(self.clients, replicas, before, presence)
        self.new_collector = new_collector
        self._lock: _Lock | None = None
        self._holding = False
        self._listed: list[tuple[str, str]] | None = None

    # Clients

    def step(self, client: Client) -> None:
        """Let a client send its next request to the storage.

        Raises:
            AssertionError: a push was refused outside of a window, or a pull failed.
        """
        was_asking = client.in_request
        try:
            self.clients.step(client)
        except RefusedError as refusal:
            raise AssertionError(f"a push was refused: {refusal}") from refusal
        if not was_asking:
            client.replica = self._chance.randrange(len(self.activity.processes))
        assert not self.clients.missing, f"the manifest {list(self.clients.missing)} was stored, and is gone"

    def finish_clients(self) -> None:
        """Let all clients work to their end; see `step`."""
        while self.clients.active:
            self.step(self.clients.active[0])

    def delete_tag(self, repository: str, tag: str) -> None:
        """Delete a tag that is not being pushed: by a program that may be killed, or by the API where none returns."""
        if self.clients.is_pushing(repository, tag) or self.holding:
            return
        if not self.alive.undo and self._chance.random() < 0.5:
            self.alive.delete_tag(repository, tag)
            self._untag(repository, tag)
            return
        digest = digest_of(self.alive.tags[repository, tag])
        dies = ends_at(self._chance.choice((0, 0, self._chance.randint(1, 12))))
        with contextlib.suppress(RegtoolError):
            self._tags(dies).delete(Tag(repository, tag, f"sha256:{digest}", 0.0, None))
        if f"{self.registry.tag(repository, tag)}/current/link" not in self.store.objects:
            self.alive.delete_tag(repository, tag)

    def undelete(self, repository: str, tag: str) -> None:
        """Bring a tag back as it was before it was deleted or moved, if it was so lately and nobody pushes it."""
        if self.clients.is_pushing(repository, tag):
            return
        place = self._place(at_once)
        tree = Tree(place.data, place)
        before = [version for version in versions(tree, repository, tag) if version.until is not None]
        version = max(before, key=lambda version: version.until or 0.0, default=None)
        if version and (repository, version.key.hex()[-64:]) in self.alive.may_return():
            if not is_stored(tree, version):
                # What was pushed while a slice is under way may be in its trash until that is put back: try later.
                assert self.windows.is_open, "what a tag pointed to lately is lost"
                return
            self._tags(at_once).bring_back(repository, tag, version.key)
            self.alive.set_tag(repository, tag, self.alive.manifests[version.key.hex()[-64:]])

    def check_undoable(self) -> None:
        """Check that all is there that can be brought back, unless a slice is under way.

        Raises:
            AssertionError: something was lost.
        """
        if not self.windows.is_open:
            for repository, digest in self.alive.may_return():
                assert self.clients.pulls(repository, digest), f"{repository}@{digest} cannot be brought back"

    def _tags(self, before: Before) -> ObjectTags:
        place = self._place(before)
        return ObjectTags(Tree(place.data, place), place, self.clock.forward, self.clock.now)

    def delete_attached(self, key: tuple[str, str]) -> None:
        """Delete the tag of a signature or the like, if it has one, while nobody signs anything or holds deletions."""
        if (
            not self.holding
            and self.alive.attached[key].tag
            and not any(client.pushing for client in self.clients.active)
        ):
            self.alive.detach(key)
            self._untag(*key)

    def _untag(self, repository: str, tag: str) -> None:
        for _ in self.registry.untag(repository, tag):
            pass

    # Who copies the data

    @property
    def holding(self) -> bool:
        """Whether deletions are held."""
        return self._holding

    def hold(self) -> None:
        """Hold deletions, as who copies the bucket does."""
        if not self._holding:
            self._holding = True
            self._leases().take(_COPY, 10 * DAY)

    def list_tags(self) -> None:
        """List what can be copied from now on: no collection is at work any more, nor what one has left."""
        if self._holding and self._listed is None:
            self._listed = [(name, digest_of(content)) for (name, _), content in self.alive.tags.items()]

    def release(self) -> None:
        """Let things be deleted again. What was listed can be copied up to this moment.

        Raises:
            AssertionError: it has lost something.
        """
        for repository, digest in self._listed or ():
            assert self.clients.pulls(repository, digest), f"{repository}@{digest} was deleted while that was held"
        self._listed, self._holding = None, False
        self._leases().end(_COPY)

    def _leases(self) -> ObjectLeases:
        place = self._place(at_once)
        return ObjectLeases(Tree(place.data, place), place)

    # The collector

    def process(self) -> Process:
        """Start a process that collects, when the cluster has been asked. Until all is listed it runs nothing new."""
        self.clients.may_run = False
        held = frozenset(map(bytes.fromhex, self.alive.held))
        undo = self.alive.undo
        options = Options(GRACE, UNTAGGED_GRACE, held, uploads_older=UNTAGGED_GRACE, undo_period=undo)
        crew = OneByOne()
        place = self._place(self._before, crew)
        tree = Tree(place.data, place)
        workspace = ObjectWorkspace(tree, place)
        self._lock = lock = _Lock(workspace, self.clock)
        lock.take()
        presence = Presence(workspace, lock.now)
        registries = Registries(self.activity, self.clock, presence.ids(), presence.ids)
        collector = self.new_collector(tree, place, options, ObjectReport(), lock, registries, workspace, crew)
        return Process(collector, lock, self.clients)

    def _place(self, before: Before, crew: Crew | None = None) -> BucketFiles:
        return BucketFiles(Way(self.store, self.page, before), crew)

    # Time

    def pass_time(self, seconds: float) -> None:
        """Put the clock forward; whoever would be overtaken by it works on until that is no longer so."""
        until = self.clock.now() + seconds
        for client in list(self.clients.active):
            while client in self.clients.active and _overtaken(client, until):
                self.step(client)
        self.clock.forward(seconds)
        if self._lock:
            self._lock.renew()
        self.activity.renew()

    def pass_a_day(self) -> None:
        """Put the clock so far forward that nothing was used lately."""
        self.clients.parts.clear()
        self.clock.forward(DAY + GRACE + 1)
        self.activity.renew()
        self.alive.loosen()

    # The end

    def check(self) -> None:
        """Check what is there when nobody does anything any more, and everything that is not alive was collected.

        Raises:
            AssertionError: an image was lost, or garbage left.
        """
        for (repository, tag), content in self.alive.tags.items():
            assert self.clients.pulls(repository, digest_of(content)), f"{repository}:{tag} has lost something"
        for digest, repository in self.alive.held.items():
            assert self.clients.pulls(repository, digest), f"{repository}@{digest} has lost something"
        stored = {key.split("/")[-2] for key in self.store.objects if "/blobs/" in key}
        assert stored >= self.alive.must_stay(), "what belongs to an image is lost"
        assert stored <= self.alive.may_stay(orphans=True), "garbage is left"
        for (repository, tag), attached in self.alive.attached.items():
            link = f"{self.registry.tag(repository, tag)}/current/link"
            assert not attached.tag or link in self.store.objects, f"the tag {tag} is lost"
        for key in self.store.objects:
            tag, is_former, _ = key.partition("/index/")
            assert not is_former or f"{tag}/current/link" in self.store.objects, f"of {tag} its history alone is left"
        for key, found in self.store.objects.items():
            if "/_layers/" in key or "/revisions/" in key:
                assert found.content.decode()[7:] in stored, f"{key} leads to nothing"
            assert "/_uploads/" not in key, f"{key} is left"
        told = ("/clock", *(f"/registries/{number}" for number in range(len(self.activity.processes))))
        left = [key for key in self.store.objects if "/_solakube/" in key and not key.endswith(told)]
        assert left == [], "the collector has left something of its own"
        assert not self.store.uploads, "an upload in parts is left"


class Process:
    """A process that collects, and holds the lock.

    Args:
        collector: what it does.
        lock: the lock.
        clients: hear what may be let down.
    """

    def __init__(self, collector: ObjectCollector, lock: lock.ObjectLock, clients: Clients) -> None:
        self._collector, self._lock, self._clients, self._windows = collector, lock, clients, clients.windows

    def steps(self) -> Iterator[Step]:
        """Collect."""
        for step in self._collector.steps():
            if step.name == OPENS:
                self._clients.may_run = True
                self._windows.open()
            elif step.name in CLOSES:
                self._windows.close()
            yield step
        self._clients.may_run = True
        self._lock.release()

    def recover(self) -> Iterator[Step]:
        """Put back what was taken away, by this process or by one that was killed."""
        yield from self._collector.recover()
        self._clients.may_run = True
        self._windows.close()
        self._lock.release()


def _overtaken(client: Client, moment: float) -> bool:
    """Tell whether a request would take longer than they do, or a push longer than the grace period."""
    late_request = client.in_request and client.request != MANIFEST and moment >= client.request_since + LONGEST_REQUEST
    return late_request or moment >= client.since + GRACE - 1
