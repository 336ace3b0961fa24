"""One random interleaving of clients, a registry and the collector, and what must hold during and after it."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from solakube_regtool.activity import Activity
from solakube_regtool.barrier import DAY, Clock
from solakube_regtool.collector import Collector
from solakube_regtool.journal import Journal
from solakube_regtool.litter import dangling
from solakube_regtool.means import Means
from solakube_regtool.report import Options, Report
from solakube_regtool.steps import Step
from solakube_regtool.trash import Trash
from solakube_regtool.tree import Tree
from solakube_regtool.untag import remove_tag
from solakube_regtool.workspace import Workspace

from tests.model.clients import Client, Clients
from tests.model.distribution import Distribution, RefusedError, digest_of

GRACE, SETTLE = 1000.0, 0.1
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
        self._clients, self._known = clients, known

    def idle(self) -> bool | None:
        return not self._clients.busy if self._known else None


class Interleaving:
    """A registry with some images, clients at work on it, and collections that may be killed at any step.

    Args:
        folder: on a volume with relatime; emptied first.
        seed: what happens follows from it alone.
        new_collector: makes the collector; a test of the test makes a faulty one.
    """

    def __init__(self, folder: Path, seed: int, new_collector: NewCollector = Collector) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        self.random = random.Random(seed)
        self.clock = ModelClock()
        self.registry = Distribution(str(folder), in_place=self.random.random() < 0.5)
        self.tree = Tree(str(folder))
        self.workspace = Workspace(self.tree)
        self.workspace.prepare()
        self.clients = Clients(self.registry, self.random, self.clock.now, GRACE)
        self.activity = ModelActivity(self.clients, known=self.random.random() < 0.5)
        self.new_collector = new_collector

    def run(self) -> None:
        """Let everything happen, and check.

        Raises:
            AssertionError: an image was lost, a push refused, or garbage left.
        """
        try:
            self._prepare()
            for _ in range(self.random.randint(1, 3)):
                self._collect_among_clients()
            self._finish()
        except RefusedError as refusal:
            raise AssertionError(f"a push was refused: {refusal}") from refusal

    def _prepare(self) -> None:
        """Some images, some tags of which are gone: long ago, or lately."""
        for _ in range(self.random.randint(2, 4)):
            self.clients.finish(self.clients.new_push())
        self._delete_tags()
        if self.random.random() < 0.8:
            self._pass_a_day()

    def _collect_among_clients(self) -> None:
        killed_at = self.random.randint(1, 60) if self.random.random() < 0.5 else 0
        weight = self.random.choice((0.2, 0.5, 0.8))
        means = self._means(wait=self.random.random() < 0.5)
        if self._among_clients(self.new_collector(means).steps(), weight, killed_at):
            # The second process that waits for this (see solakube_regtool.guard) is there within milliseconds.
            self._among_clients((step._replace(brisk=True) for step in Collector(means).recover()), weight)
        self.clients.stretch(brisk=False, alone=False)
        means.journal.close()

    def _among_clients(self, steps: Iterator[Step], weight: float, killed_at: int = 0) -> bool:
        """Let clients work between steps; tells whether the steps were ended by a kill."""
        taken = 0
        while True:
            if self.random.random() > weight:
                self._let_clients_work()
                continue
            step = next(steps, None)
            taken += 1
            if step is None or taken == killed_at:
                return step is not None
            self.clients.stretch(step.brisk, step.alone)
            self._pass_time(step.pause)

    def _means(self, wait: bool) -> Means:
        options = Options(grace=GRACE, settle=SETTLE, wait=wait)
        trash, journal = Trash(self.tree, self.workspace), Journal(self.workspace)
        return Means(
            self.tree, self.workspace, trash, journal, self.activity, self.clock, options, Report(), lambda *_: None
        )

    def _let_clients_work(self) -> None:
        choice = self.random.random()
        if choice < 0.04 and len(self.clients.active) < 3:
            self.clients.start(self.clients.new_push())
        elif choice < 0.06 and len(self.clients.active) < 3:
            self.clients.start(self.clients.new_pull())
        elif choice < 0.07:
            self._delete_tags()
        elif free := [client for client in self.clients.active if self.clients.may_go_on(client)]:
            self.clients.step(self.random.choice(free))

    def _delete_tags(self) -> None:
        for repository, tag in list(self.clients.tags):
            # A tag that is being pushed belongs to that push, whichever comes first.
            if self.random.random() < 0.4 and not self.clients.is_pushing(repository, tag):
                content = self.clients.tags.pop((repository, tag))
                assert remove_tag(self.tree, repository, tag, f"sha256:{digest_of(content)}")

    def _pass_time(self, seconds: float) -> None:
        """Put the clock forward; whoever would be overtaken by it works on until that is no longer so."""
        if not seconds:
            return
        until = self.clock.now() + seconds
        for client in list(self.clients.active):
            while client in self.clients.active and self._overtaken(client, until):
                self.clients.step(client)
        self.clock.forward(seconds)

    def _pass_a_day(self) -> None:
        """Put the clock so far forward that the kernel would note the next read of every file, and see that it does."""
        for folder, _, names in os.walk(self.registry.root):
            for name in names:
                path = f"{folder}/{name}"
                status = os.stat(path)
                if status.st_atime_ns > status.st_mtime_ns:
                    os.utime(path, ns=(1, status.st_mtime_ns))
        self.clock.forward(DAY + GRACE + 1)

    def _overtaken(self, client: Client, moment: float) -> bool:
        """Tell whether a request would take longer than they do, or a push longer than the grace period."""
        late_request = client.in_request and moment >= client.request_since + SETTLE
        return late_request or moment >= client.since + GRACE

    def _finish(self) -> None:
        """All come to their end; then what is there must be what tags reach."""
        for client in list(self.clients.active):
            self.clients.finish(client)
        for _ in range(3):
            self._pass_a_day()
            means = self._means(wait=False)
            for _ in Collector(means).steps():
                pass
            means.journal.close()
        for repository, tag in self.clients.tags:
            assert self.clients.pulls(repository, tag), f"{repository}:{tag} has lost something"
        stored = {key.hex()[-64:] for key in self.tree.blob_keys()}
        assert stored == self.clients.reachable(), "what is stored is not what tags reach"
        left = [link for link, _ in dangling(self.tree, (), ()) if os.path.exists(self.tree.link_path(link))]
        assert left == [], "links to nothing are left"
