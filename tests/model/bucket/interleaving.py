"""One random interleaving of clients, registries that share a bucket and the collector."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from unittest import mock

from solakube_regtool.collect.steps import Step
from solakube_regtool.errors import RegtoolError
from solakube_regtool.objects import collector as collecting
from solakube_regtool.objects import still
from solakube_regtool.objects.collector import LATE, ObjectCollector

from tests.model.alive import UNDO
from tests.model.bucket.way import Perform
from tests.model.bucket.world import NewCollector, World
from tests.model.clients import MANIFEST, REPOSITORIES, TAGS, Client
from tests.model.mixing import Mixing
from tests.model.world import GRACE

_MOST_REQUESTS = 400
"""A collection that is ended is ended within so many of its requests."""


class _Killed(BaseException):
    """The collector's process is no more."""


class Interleaving(Mixing):
    """Registries with some images, clients at work on them, and collections that may end at any request.

    Args:
        seed: what happens follows from it alone.
        new_collector: makes the collector; a test of the test makes a faulty one.
    """

    world: World
    # Enough to meet each other, and few enough to try many orders.
    most_clients = 16

    def __init__(self, seed: int, new_collector: NewCollector = ObjectCollector) -> None:
        self.random = random.Random(seed)
        repositories = REPOSITORIES[: self.random.randint(1, 2)]
        page = self.random.choice((10, 30, 1000))
        undo = self.random.choice((0.0, UNDO))
        self._replicas = self.random.randint(1, 2)
        self.world = World(self.random, self._replicas, repositories, new_collector, page, self._before, undo)
        self.portion = self.random.choice((2, 5, 1000))
        self._slow = self.random.choice((0.0, 0.95))
        self._weight = 1.0
        self._ends_in = 0
        self._at_changes = False
        self._end: type[BaseException] = _Killed
        self._late: list[Callable[[], object]] = []

    def run(self) -> None:
        """Let everything happen, and check.

        Raises:
            AssertionError: an image was lost, a push refused outside of a window, or garbage left.
        """
        with mock.patch.object(still, "POLL", 0.5):
            with mock.patch.multiple(collecting, SLICE=self.portion, _COPIES=self.portion):
                self._prepare()
                for _ in range(self.random.randint(1, 3)):
                    self._collect_among_clients()
                    self.world.check_undoable()
                    self._copy()
                    self._let_time_pass()
            self._finish()

    def _copy(self) -> None:
        """Have who holds deletions list what there is, when what a killed run left is back; and end, or go on."""
        if self.world.holding:
            self._ends_in = 0
            self._take(self.world.process().recover())
            self.world.list_tags()
            if self.random.random() < 0.5:
                self.world.release()

    def _let_time_pass(self) -> None:
        """Let a day pass, or so much that nothing is in use any more, or nothing."""
        choice = self.random.random()
        if choice < 0.6:
            self.world.finish_clients()
            self.world.pass_a_day() if choice < 0.3 else self.world.pass_time(2 * GRACE)

    def _collect_among_clients(self) -> None:
        """Let clients work between the requests of a collection, which may end at any of them."""
        self._weight = self.random.choice((0.3, 0.6, 0.9))
        self._at_changes = self.random.random() < 0.5
        most = 60 if self._at_changes else _MOST_REQUESTS
        self._ends_in = self.random.choice((0, self.random.randint(1, most)))
        self._end = self.random.choice((_Killed, _Killed, RegtoolError))
        for _ in range(self.random.randint(0, 2)):
            self._start_client()
        try:
            self._collect()
        except _Killed:
            self._mend()
        self._weight = 1.0

    def _collect(self) -> None:
        try:
            process = self.world.process()
        except RegtoolError:
            return
        try:
            self._take(process.steps())
        except RegtoolError:
            # It tries to; where it has lost its lock, whoever holds that now does, or the next one.
            with contextlib.suppress(RegtoolError):
                self._take(process.recover())

    def _take(self, steps: Iterator[Step]) -> None:
        for step in steps:
            self._let_others_work()
            if step.pause >= LATE:
                self._answer_late()
            self.world.pass_time(step.pause)

    def _answer_late(self) -> None:
        while self._late:
            self._late.pop()()

    def _mend(self) -> None:
        """Have a second process put back at once what a killed one left, or the next run; either may be killed, too."""
        self._ends_in = self.random.choice((0, 0, self.random.randint(1, 40)))
        self._end = _Killed
        try:
            if self.random.random() < 0.7:
                self._take(self.world.process().recover())
        except (_Killed, RegtoolError):
            pass
        self._ends_in = 0

    def _finish(self) -> None:
        self.world.release()
        self.world.finish_clients()
        self.world.activity.mend()
        self._answer_late()
        self.world.page, self._ends_in = 1000, 0
        for _ in range(3):
            self._collect()
            self.world.pass_a_day()
        self.world.check()

    # What happens beside the collector

    def _before(self, changes: bool) -> Perform:
        """Let others work before a request of the collector; then it is its turn, unless it ends here."""
        self._let_others_work()
        self._ends_in -= changes or not self._at_changes
        return self._perform if self._ends_in else self._perform_and_end

    def _perform(self, request: Callable[[], object]) -> None:
        request()

    def _perform_and_end(self, request: Callable[[], object]) -> None:
        """End it; its request was answered, or is under way and comes later, or was never sent."""
        choice = self.random.random()
        if choice < 0.3:
            request()
        elif choice < 0.6:
            self._late.append(request)
        raise self._end("it is over")

    def _let_others_work(self) -> None:
        while self.random.random() > self._weight:
            self._something_happens()

    def _something_happens(self) -> None:
        clients = self.world.clients
        choice = self.random.random()
        if self._late and choice > 0.8:
            self._late.pop()()
        elif choice < 0.12:
            self._start_client()
        elif choice < 0.15:
            self._change_something()
        elif choice < 0.2:
            self.world.pass_time(self.random.choice((0.3, 1.0, 3.0)))
        elif clients.active:
            client = self.random.choice(clients.active)
            for _ in range(self.random.choice((1, 1, 1, 3, 10, 30))):
                if client in clients.active and not self._waits(client):
                    self.world.step(client)

    def _waits(self, client: Client) -> bool:
        """Tell whether a registry that has come since lets a client wait, as one does that has much to read first."""
        has_come = client.replica >= self._replicas
        return has_come and client.request == MANIFEST and self.random.random() < self._slow

    def _change_something(self) -> None:
        """Delete tags, have the cluster stop an image, or a registry be started anew."""
        world, choice = self.world, self.random.random()
        if choice < 0.2:
            self._delete_tags()
        elif choice < 0.3:
            world.hold()
        elif choice < 0.5:
            world.undelete(self.random.choice(world.clients.repositories), self.random.choice(TAGS))
        elif choice < 0.7:
            world.clients.stop_running()
        elif choice < 0.8:
            self._delete_attached()
        else:
            world.activity.trouble(self.random)
