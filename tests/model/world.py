"""A registry, clients at work on it and a collector that may be killed at any step, and what must hold of them."""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from solakube_regtool.collect.activity import Activity, Moment
from solakube_regtool.collect.barrier import DAY, Clock
from solakube_regtool.collect.collector import Collector
from solakube_regtool.collect.journal import Journal
from solakube_regtool.collect.litter import dangling
from solakube_regtool.collect.means import Means
from solakube_regtool.collect.report import Options, Report
from solakube_regtool.collect.steps import Step
from solakube_regtool.collect.sweep import LONGEST_REQUEST, LONGEST_UNSEEN_REQUEST
from solakube_regtool.collect.trash import Trash
from solakube_regtool.history.undeleting import bring_back, is_stored
from solakube_regtool.history.versions import versions
from solakube_regtool.oci import digests
from solakube_regtool.storage.deletions import Deleted
from solakube_regtool.storage.leases import HeldError, Leases
from solakube_regtool.storage.links import LAYERS, REVISIONS, Link, history
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.untag import remove_tag
from solakube_regtool.storage.workspace import Workspace

from tests.model.alive import Alive
from tests.model.clients import REPOSITORIES, Client, Clients
from tests.model.distribution import Distribution, RefusedError, digest_of

GRACE = 1000.0
UNTAGGED_GRACE = 50 * GRACE
"""Seconds that no sequence of collections takes, but less than a day."""

_REAL_DAY = 86400.0
"""Seconds for which a lease is taken: those lapse by the machine's clock, not the model's."""

_COPY = "copy"
"""Name of the lease of who copies the data."""

_CLOCK_REALTIME_COARSE = 5
"""Linux: the clock that file time stamps are taken from; Python has no name for it."""

NewCollector = Callable[[Means], Collector]


class ModelClock(Clock):
    """Stands still, but for being put forward."""

    def __init__(self) -> None:
        self._epochs: list[tuple[int, float]] = [(0, 1e9)]

    def now(self) -> float:
        return self._epochs[-1][1]

    def monotonic(self) -> float:
        return self.now()

    def forward(self, seconds: float) -> None:
        """Put it forward."""
        if seconds >= 1.0:
            _wait_for_a_tick()
        self._epochs.append((time.clock_gettime_ns(_CLOCK_REALTIME_COARSE), self.now() + seconds))

    def moment(self, stamp_ns: int) -> float:
        # A stamp of the very tick in which the clock was put forward counts as younger: that is the safe side.
        return next(told for real, told in reversed(self._epochs) if real <= stamp_ns)

    def stamped(self, moment: float) -> float:
        after = next((real for real, told in self._epochs if told > moment), time.time_ns())
        return after / 1e9 - 1e-6


def _wait_for_a_tick() -> None:
    """Wait until no file gets a time stamp again that one may have by now.

    The clock ticks every 4 ms, but stands still for longer where the machine is too busy to notice.
    """
    now = time.time_ns()
    while time.clock_gettime_ns(_CLOCK_REALTIME_COARSE) <= now:
        time.sleep(0.001)


class ModelActivity(Activity):
    """Knows how many requests are under way, unless the registry has no metrics."""

    def __init__(self, clients: Clients, known: bool) -> None:
        super().__init__()
        self._clients, self.known = clients, known

    def moment(self) -> Moment | None:
        if not self.known:
            self._clients.begin_anew()
            return None
        if not self._clients.busy:
            self._clients.begin_anew()
        return Moment(not self._clients.busy, (self._clients.answered,))


class World:
    """A registry with clients and a collector. What happens is up to its caller; it says what must hold.

    Args:
        folder: on a volume with relatime; emptied first.
        chance: decides what clients push.
        in_place: the registry writes small files as 2.8 does.
        known: the registry's metrics are known. Then looks may take as long as they like; else they are quick.
        repositories: what clients push to.
        new_collector: makes the collector; a test of the test makes a faulty one.
        undo: seconds for which a tag can be brought back, as `Alive` has it.
    """

    def __init__(
        self,
        folder: Path,
        chance: random.Random,
        in_place: bool,
        known: bool,
        repositories: Sequence[str] = REPOSITORIES,
        new_collector: NewCollector = Collector,
        undo: float = 0.0,
    ) -> None:
        if folder.exists():
            _remove(str(folder))
        self.clock = ModelClock()
        self.registry = Distribution(str(folder), in_place)
        self.tree = Tree(str(folder))
        self.workspace = Workspace(self.tree)
        self.workspace.prepare()
        self._longest_request = LONGEST_REQUEST if known else LONGEST_UNSEEN_REQUEST
        self.clients = Clients(self.registry, chance, self.clock.now, repositories, Alive(self.clock.now, undo))
        self.alive = self.clients.alive
        self.activity = ModelActivity(self.clients, known)
        self.new_collector = new_collector
        self._steps: Iterator[Step] = iter(())
        self._rescuing = False
        self._means: Means | None = None
        self._leases = Leases(self.tree)
        self._listed: list[tuple[str, str]] | None = None

    # Clients

    def step(self, client: Client) -> None:
        """Let a client do its next operation.

        Raises:
            AssertionError: the registry refused it, or a pull failed.
        """
        try:
            self.clients.step(client)
        except RefusedError as refusal:
            raise AssertionError(f"a push was refused: {refusal}") from refusal

    def finish_clients(self) -> None:
        """Let all clients work to their end.

        Raises:
            AssertionError: as for `step`.
        """
        while self.clients.active:
            self.clients.find_missing(before=math.inf)
            self.step(self.clients.active[0])

    def delete_tag(self, repository: str, tag: str) -> None:
        """Delete a tag, unless it is being pushed (then it belongs to that push, whichever comes first) or damaged.

        While deletions are held, the program refuses to.
        """
        if self.holding:
            return
        if not self.clients.is_pushing(repository, tag) and not self.clients.damage.is_cut(self._link(repository, tag)):
            content = self.alive.delete_tag(repository, tag)
            assert remove_tag(self.tree, repository, tag, f"sha256:{digest_of(content)}", undoable=True)

    def undelete(self, repository: str, tag: str) -> None:
        """Bring a tag back as it was before it was deleted or moved, if it was so lately and nobody pushes it."""
        if self.clients.is_pushing(repository, tag) or self.clients.damage.is_cut(self._link(repository, tag)):
            return
        before = [version for version in versions(self.tree, repository, tag) if version.until is not None]
        version = max(before, key=lambda version: version.until or 0.0, default=None)
        if version and (repository, version.key.hex()[-64:]) in self.alive.may_return():
            assert is_stored(self.tree, version), "what a tag pointed to lately is lost"
            bring_back(self.tree, version)
            self.alive.set_tag(repository, tag, self.alive.manifests[version.key.hex()[-64:]])

    def delete_attached(self, key: tuple[str, str]) -> None:
        """Delete the tag of a signature or the like, if it has one, while nobody signs anything or holds deletions."""
        attached = self.alive.attached[key]
        if not self.holding and attached.tag and not any(client.pushing for client in self.clients.active):
            self.alive.detach(key)
            remove_tag(self.tree, *key, f"sha256:{digest_of(attached.content)}")

    # Who copies the data

    @property
    def holding(self) -> bool:
        """Whether deletions are held."""
        return bool(self._leases.held())

    def hold(self) -> None:
        """Hold deletions, as who copies the data does; all tags are listed once no collection is at work (any more)."""
        self._leases.take(_COPY, _REAL_DAY)
        self._list_tags()

    def release(self) -> None:
        """Let things be deleted again. What was listed can be copied up to this moment.

        Raises:
            AssertionError: it has lost something.
        """
        self.clients.damage.mend()
        for repository, digest in self._listed or ():
            assert self.clients.pulls(repository, digest), f"{repository}@{digest} was deleted while that was held"
        self._listed = None
        self._leases.end(_COPY)

    def _list_tags(self) -> None:
        if self.holding and not self.collecting and self._listed is None:
            self._listed = [(name, digest_of(content)) for (name, _), content in self.alive.tags.items()]

    # Damage

    def cut_tag(self, repository: str, tag: str, to: float) -> None:
        """Cut a tag's link to a part of its length, unless it is being pushed."""
        if not self.clients.is_pushing(repository, tag):
            self.clients.damage.cut(self._link(repository, tag), to)

    def cut_manifest(self, digest: str, to: float) -> None:
        """Cut a manifest to a part of its length, by its hex digest."""
        self.clients.damage.cut(Path(self.registry.blob(digest)), to)

    def _link(self, repository: str, tag: str) -> Path:
        return Path(self.registry.tag(repository, tag), "current/link")

    # The collector

    @property
    def collecting(self) -> bool:
        """Whether a collection is under way, or what a killed one left behind is being mended."""
        return self._means is not None

    def begin_collection(self, wait: bool) -> None:
        """Begin a collection, in place of one that may be under way."""
        self._end_collection()
        self.clients.may_run = not wait
        self._means = self._new_means(wait)
        self._steps = self.new_collector(self._means).steps()

    def collect(self) -> Step | None:
        """Let the collector do its next step; None if there is none."""
        step = self._next_step()
        if step is None:
            self._end_collection()
            self._list_tags()
            return None
        # The second process that waits for a kill (see solakube_regtool.collect.guard) is there within milliseconds.
        self.clients.stretch(step.brisk or self._rescuing, self._rescuing or not self.activity.known, step.alone)
        self._pass_time(step.pause)
        return step

    def _next_step(self) -> Step | None:
        try:
            return next(self._steps, None)
        except HeldError:
            # What it had begun goes back.
            self.kill()
            return next(self._steps, None)

    def kill(self) -> None:
        """Kill the collector; what it has left behind is mended by the next steps."""
        if self._means and not self._rescuing:
            self._rescuing = True
            self._steps = self.new_collector(self._means).recover()

    def _end_collection(self) -> None:
        if self._means:
            self._means.journal.close()
        self._means, self._rescuing, self._steps = None, False, iter(())
        self.clients.stretch(goes_on=False, brisk=False, alone=False)
        self.clients.may_run = True

    def _new_means(self, wait: bool) -> Means:
        held = frozenset(map(bytes.fromhex, self.alive.held))
        options = Options(grace=GRACE, untagged_grace=UNTAGGED_GRACE, wait=wait, held=held, undo_period=self.alive.undo)
        trash, journal = Trash(self.tree, self.workspace), Journal(self.workspace)
        return Means(
            self.tree, self.workspace, trash, journal, self.activity, self.clock, options, Report(), lambda *_: None
        )

    # Time

    def _pass_time(self, seconds: float) -> None:
        """Put the clock forward; whoever would be overtaken by it works on until that is no longer so."""
        if not seconds:
            return
        until = self.clock.now() + seconds
        self.clients.find_missing(before=until - self._longest_request / 3)
        for client in list(self.clients.active):
            while client in self.clients.active and self._overtaken(client, until):
                self.step(client)
        self.clock.forward(seconds)

    def pass_a_day(self) -> None:
        """Put the clock so far forward that the kernel would note the next read of every file, and see that it does."""
        for file in _files(self.registry.root):
            status = file.stat()
            if status.st_atime_ns > status.st_mtime_ns:
                os.utime(file.path, ns=(1, status.st_mtime_ns))
        self.clients.parts.clear()
        self.clock.forward(DAY + GRACE + 1)
        self.alive.loosen()

    def _overtaken(self, client: Client, moment: float) -> bool:
        """Tell whether a request would take longer than they do, or a push longer than the grace period."""
        # The clock counts in seconds since 1970, in which its many small steps do not add up exactly.
        late_request = client.in_request and moment >= client.request_since + self._longest_request - 1e-3
        return late_request or moment >= client.since + GRACE - 1e-3

    # The end

    def finish(self) -> None:
        """Let all come to their end; then what is there must be what is alive.

        Raises:
            AssertionError: an image was lost, a push refused, or garbage left.
        """
        while self.collect():
            pass
        self.finish_clients()
        self.release()
        waited = self._collect_alone(wait=True)
        # A tag that the run itself removes counts as used at that moment, which is not known to the second here.
        assert waited.attachments or waited.postponed == 0, "who waits does not come to know what is in use"
        for repository, digest in self.alive.may_return():
            assert self.clients.pulls(repository, digest), f"{repository}@{digest} cannot be brought back"
        for _ in range(2):
            self.pass_a_day()
            self._collect_alone(wait=False)
        for (repository, tag), content in self.alive.tags.items():
            assert self.clients.pulls(repository, digest_of(content)), f"{repository}:{tag} has lost something"
        for digest, repository in self.alive.held.items():
            assert self.clients.pulls(repository, digest), f"{repository}@{digest} has lost something"
        stored = {key.hex()[-64:] for key in self.tree.blob_keys()}
        assert stored >= self.alive.must_stay(), "what belongs to an image is lost"
        assert stored <= self.alive.may_stay(), "garbage is left"
        for key, attached in self.alive.attached.items():
            if attached.tag and attached.subject in stored and key not in self.alive.loose:
                assert self.tree.tag(*key), f"the tag {key[1]} is lost"
        self._check_litter()
        assert list(Deleted(self.tree).repositories()) == [], "a tag is kept that cannot be brought back"

    def _collect_alone(self, wait: bool) -> Report:
        means = self._new_means(wait)
        for step in self.new_collector(means).steps():
            self.clock.forward(step.pause)
        means.journal.close()
        return means.report

    def _check_litter(self) -> None:
        """Check that nothing is left that leads to nothing, nor empty where it could be known that nobody needs it."""
        tree, may_stay = self.tree, self.alive.may_stay()
        for repository in tree.repositories():
            for kind in (LAYERS, REVISIONS, *map(history, tree.tag_folders(repository))):
                # What may stay is named by a manifest, and so its link stays, whatever became of its blob.
                left = [link for link, key in dangling(tree, repository, kind, ()) if key.hex()[-64:] not in may_stay]
                left = left if self.activity.known else [link for link in left if os.path.exists(tree.link_path(link))]
                assert left == [], "links to nothing are left"
            assert not (self.activity.known and tree.is_bare(repository)), "an empty repository is left"
            assert not self.activity.known or self._has_its_own(repository), "a repository is left that needs nothing"

    def _has_its_own(self, repository: str) -> bool:
        """Tell whether anything must stay in a repository, rather than blobs that others need, too."""
        tagged = {name for name, _ in (*self.alive.tags, *self.alive.attached)}
        # What a signature belongs to stays with its links, wherever these are.
        needed = {*self.alive.held, *(attached.subject for attached in self.alive.attached.values())}
        links = [Link(repository, REVISIONS, digests.parse(f"sha256:{digest}")) for digest in needed]
        return repository in tagged or any(self.tree.link_status(link) for link in links)


def _files(folder: str) -> Iterator[os.DirEntry[str]]:
    """Give all files in a folder and below it. A day passes often: `os.walk` takes four times as long."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            else:
                yield entry


def _remove(folder: str) -> None:
    """Remove a folder that nobody works in: `shutil.rmtree` takes twice as long, since it expects somebody."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _remove(entry.path)
            else:
                os.unlink(entry.path)
    os.rmdir(folder)
