"""One random interleaving of clients, a registry and the collector."""

from __future__ import annotations

import random
from pathlib import Path

from solakube_regtool.collect.collector import Collector

from tests.model.world import NewCollector, World


class Interleaving:
    """A registry with some images, clients at work on it, and collections that may be killed at any step.

    Args:
        folder: on a volume with relatime; emptied first.
        seed: what happens follows from it alone.
        new_collector: makes the collector; a test of the test makes a faulty one.
    """

    def __init__(self, folder: Path, seed: int, new_collector: NewCollector = Collector) -> None:
        self.random = random.Random(seed)
        in_place, known = self.random.random() < 0.5, self.random.random() < 0.5
        self.world = World(folder, self.random, in_place, known, new_collector)

    def run(self) -> None:
        """Let everything happen, and check.

        Raises:
            AssertionError: an image was lost, a push refused, or garbage left.
        """
        self._prepare()
        for _ in range(self.random.randint(1, 3)):
            self._collect_among_clients()
        self.world.finish()

    def _prepare(self) -> None:
        """Some images, some tags of which are gone: long ago, or lately."""
        for _ in range(self.random.randint(2, 4)):
            self.world.clients.start(self.world.clients.new_push())
            self.world.finish_clients()
        self._delete_tags()
        if self.random.random() < 0.8:
            self.world.pass_a_day()

    def _collect_among_clients(self) -> None:
        """Let clients work between the steps of a collection that may be killed."""
        killed_at = self.random.randint(1, 60) if self.random.random() < 0.5 else 0
        weight = self.random.choice((0.2, 0.5, 0.8))
        self.world.begin_collection(wait=self.random.random() < 0.5)
        taken = 0
        while True:
            if self.random.random() > weight:
                self._let_clients_work()
                continue
            if not self.world.collect():
                return
            taken += 1
            if taken == killed_at:
                self.world.kill()

    def _let_clients_work(self) -> None:
        clients = self.world.clients
        choice = self.random.random()
        if choice < 0.06 and len(clients.active) < 3:
            clients.start(clients.new_push())
        elif choice < 0.08 and len(clients.active) < 3:
            clients.start(clients.new_pull())
        elif choice < 0.09:
            self._delete_tags()
        elif free := [client for client in clients.active if clients.may_go_on(client)]:
            self.world.step(self.random.choice(free))

    def _delete_tags(self) -> None:
        for repository, tag in list(self.world.clients.tags):
            if self.random.random() < 0.4:
                self.world.delete_tag(repository, tag)
