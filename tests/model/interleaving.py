"""One random interleaving of clients, a registry and the collector."""

from __future__ import annotations

import random
from pathlib import Path

from solakube_regtool.collect.collector import Collector

from tests.model.alive import UNDO
from tests.model.clients import REPOSITORIES, TAGS
from tests.model.mixing import Mixing
from tests.model.portions import portions_of
from tests.model.world import NewCollector, World

_DELICATE = (
    "look at the links again",
    "look for newcomers",
    "put back what is wanted",
    "free the blob",
    "remove the tag of an attachment",
    "move the link away",
    "look at the link and for its blob again",
    "move it away",
    "look at it",
)
"""Steps before which a kill leaves something half done."""


class Interleaving(Mixing):
    """A registry with some images, clients at work on it, and collections that may be killed at any step.

    Args:
        folder: on a volume with relatime; emptied first.
        seed: what happens follows from it alone.
        new_collector: makes the collector; a test of the test makes a faulty one.
    """

    world: World

    def __init__(self, folder: Path, seed: int, new_collector: NewCollector = Collector) -> None:
        self.random = random.Random(seed)
        in_place, known = self.random.random() < 0.5, self.random.random() < 0.5
        repositories = REPOSITORIES[: self.random.randint(1, 2)]
        undo = self.random.choice((0.0, UNDO))
        self.world = World(folder, self.random, in_place, known, repositories, new_collector, undo)
        self.portion = self.random.choice((1, 2, 0))

    def run(self) -> None:
        """Let everything happen, and check.

        Raises:
            AssertionError: an image was lost, a push refused, or garbage left.
        """
        with portions_of(self.portion, self.portion):
            self._prepare()
            for _ in range(self.random.randint(1, 3)):
                self._collect_among_clients()
                if self.random.random() < 0.2:
                    self.world.finish_clients()
                    self.world.pass_a_day()
            self.world.finish()

    def _collect_among_clients(self) -> None:
        """Let clients work between the steps of a collection that may be killed."""
        weight = self.random.choice((0.1, 0.3, 0.6))
        killed_at, killed_before = 0, ""
        if self.random.random() < 0.5:
            killed_at, killed_before = self.random.randint(1, 60), self.random.choice(("", *_DELICATE))
        for _ in range(self.random.randint(0, 2)):
            self._start_client()
        self.world.begin_collection(wait=self.random.random() < 0.5)
        while True:
            if self.random.random() > weight:
                self._let_others_work()
                continue
            for _ in range(self._burst()):
                step = self.world.collect()
                if step is None:
                    return
                if step.name.startswith(killed_before):
                    killed_at -= 1
                    if killed_at == 0:
                        self.world.kill()

    def _burst(self) -> int:
        """Choose how much is done in one go: most faults show where one goes far while another stands still."""
        return self.random.choice((1, 1, 1, 3, 10, 30))

    def _let_others_work(self) -> None:
        clients = self.world.clients
        choice = self.random.random()
        if choice < 0.12:
            self._start_client()
        elif choice < 0.16:
            self._change_something()
        elif free := [client for client in clients.active if clients.may_go_on(client)]:
            client = self.random.choice(free)
            for _ in range(self._burst()):
                if client in clients.active and clients.may_go_on(client):
                    self.world.step(client)

    def _change_something(self) -> None:
        """Delete tags, have the cluster stop an image, damage something or mend it, or let somebody copy the data."""
        world, choice = self.world, self.random.random()
        if choice < 0.4:
            self._delete_tags()
        elif choice < 0.5:
            world.undelete(self.random.choice(world.clients.repositories), self.random.choice(TAGS))
        elif choice < 0.55:
            world.clients.stop_running()
        elif choice < 0.6:
            self._delete_attached()
        elif choice < 0.8:
            self._damage()
        elif choice < 0.92:
            world.clients.damage.mend()
        elif world.holding:
            world.release()
        else:
            world.hold()

    def _damage(self) -> None:
        alive, part = self.world.alive, self.random.choice((0.0, 0.5))
        if self.random.random() < 0.5 and alive.tags:
            self.world.cut_tag(*self.random.choice(sorted(alive.tags)), to=part)
        elif manifests := sorted(alive.named() & alive.manifests.keys()):
            self.world.cut_manifest(self.random.choice(manifests), to=part)
