"""A registry, clients at work on it and a collector that may be killed at any step, and what must hold of them."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from solakube_regtool.collect.activity import Activity, Moment
from solakube_regtool.collect.barrier import DAY, Clock
from solakube_regtool.collect.collector import Collector
from solakube_regtool.collect.journal import Journal
from solakube_regtool.collect.litter import dangling
from solakube_regtool.collect.means import Means
from solakube_regtool.collect.report import Options, Report
from solakube_regtool.collect.steps import Step
from solakube_regtool.collect.trash import Trash
from solakube_regtool.storage.links import LAYERS, REVISIONS, history
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.untag import remove_tag
from solakube_regtool.storage.workspace import Workspace

from tests.model.bystanders import Bystanders
from tests.model.clients import Client, Clients
from tests.model.distribution import Distribution, RefusedError, digest_of

GRACE, SETTLE = 1000.0, 0.1
UNTAGGED_GRACE = 50 * GRACE
"""Seconds that no sequence of collections takes, but less than a day."""

_TICK = 0.005
"""Seconds after which a file's next time stamp differs: the kernel's clock for them ticks every 4 ms."""

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
            time.sleep(_TICK)
        self._epochs.append((time.clock_gettime_ns(_CLOCK_REALTIME_COARSE), self.now() + seconds))

    def moment(self, stamp_ns: int) -> float:
        # A stamp of the very tick in which the clock was put forward counts as younger: that is the safe side.
        return next(told for real, told in reversed(self._epochs) if real <= stamp_ns)

    def stamped(self, moment: float) -> float:
        after = next((real for real, told in self._epochs if told > moment), time.time_ns())
        return after / 1e9 - 1e-6


class ModelActivity(Activity):
    """Knows how many requests are under way, unless the registry has no metrics."""

    def __init__(self, clients: Clients, known: bool) -> None:
        super().__init__()
        self._clients, self.known = clients, known

    def moment(self) -> Moment | None:
        if not self.known:
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
        known: the registry's metrics are known.
        new_collector: makes the collector; a test of the test makes a faulty one.
    """

    def __init__(
        self, folder: Path, chance: random.Random, in_place: bool, known: bool, new_collector: NewCollector = Collector
    ) -> None:
        if folder.exists():
            _remove(str(folder))
        self.clock = ModelClock()
        self.registry = Distribution(str(folder), in_place)
        self.tree = Tree(str(folder))
        self.workspace = Workspace(self.tree)
        self.workspace.prepare()
        self.clients = Clients(self.registry, chance, self.clock.now, GRACE)
        self.bystanders = Bystanders(self.registry, self.tree)
        self.activity = ModelActivity(self.clients, known)
        self.new_collector = new_collector
        self._steps: Iterator[Step] = iter(())
        self._rescuing = False
        self._means: Means | None = None

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
            self.step(self.clients.active[0])

    def delete_tag(self, repository: str, tag: str) -> None:
        """Delete a tag, unless it is being pushed: then it belongs to that push, whichever comes first."""
        if not self.clients.is_pushing(repository, tag):
            content = self.clients.tags.pop((repository, tag))
            assert remove_tag(self.tree, repository, tag, f"sha256:{digest_of(content)}")

    # The collector

    @property
    def collecting(self) -> bool:
        """Whether a collection is under way, or what a killed one left behind is being mended."""
        return self._means is not None

    def begin_collection(self, wait: bool) -> None:
        """Begin a collection, in place of one that may be under way."""
        self._end_collection()
        self._means = self._new_means(wait)
        self._steps = self.new_collector(self._means).steps()

    def collect(self) -> bool:
        """Let the collector do its next step; False if there is none."""
        step = next(self._steps, None)
        if step is None:
            self._end_collection()
            return False
        # The second process that waits for a kill (see solakube_regtool.collect.guard) is there within milliseconds.
        self.clients.stretch(step.brisk or self._rescuing, step.alone)
        self._pass_time(step.pause)
        return True

    def kill(self) -> None:
        """Kill the collector; what it has left behind is mended by the next steps."""
        if self._means and not self._rescuing:
            self._rescuing = True
            self._steps = self.new_collector(self._means).recover()

    def _end_collection(self) -> None:
        if self._means:
            self._means.journal.close()
        self._means, self._rescuing, self._steps = None, False, iter(())
        self.clients.stretch(brisk=False, alone=False)

    def _new_means(self, wait: bool) -> Means:
        held = frozenset((bytes.fromhex(self.bystanders.held),))
        options = Options(grace=GRACE, untagged_grace=UNTAGGED_GRACE, settle=SETTLE, wait=wait, held=held)
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

    def _overtaken(self, client: Client, moment: float) -> bool:
        """Tell whether a request would take longer than they do, or a push longer than the grace period."""
        # The clock counts in seconds since 1970, in which its many small steps do not add up exactly.
        late_request = client.in_request and moment >= client.request_since + SETTLE - 1e-3
        return late_request or moment >= client.since + GRACE - 1e-3

    # The end

    def finish(self) -> None:
        """Let all come to their end; then what is there must be what tags reach.

        Raises:
            AssertionError: an image was lost, a push refused, or garbage left.
        """
        while self.collect():
            pass
        self.finish_clients()
        for _ in range(3):
            self.pass_a_day()
            means = self._new_means(wait=False)
            for _ in Collector(means).steps():
                pass
            means.journal.close()
        for repository, tag in self.clients.tags:
            assert self.clients.pulls(repository, tag), f"{repository}:{tag} has lost something"
        stored = {key.hex()[-64:] for key in self.tree.blob_keys()}
        assert stored == self.clients.reachable() | self.bystanders.digests, "what is stored is not what is alive"
        self._check_litter()
        self.bystanders.check()

    def _check_litter(self) -> None:
        """Check that nothing is left that leads to nothing, nor empty where it could be known that nobody needs it."""
        tree = self.tree
        for repository in tree.repositories():
            for kind in (LAYERS, REVISIONS, *map(history, tree.tag_folders(repository))):
                left = [link for link, _ in dangling(tree, repository, kind, ())]
                left = left if self.activity.known else [link for link in left if os.path.exists(tree.link_path(link))]
                assert left == [], "links to nothing are left"
            assert not (self.activity.known and tree.is_bare(repository)), "an empty repository is left"


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
