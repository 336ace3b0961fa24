"""What random interleavings have in common, whatever the registry's data lie in: clients come, and tags go."""

from __future__ import annotations

import math
import random
from typing import ClassVar, Protocol

from tests.model.alive import Alive
from tests.model.clients import Clients


class Peopled(Protocol):
    """A registry with clients at work on it."""

    clients: Clients
    alive: Alive

    def finish_clients(self) -> None:
        """Let the clients come to their end."""

    def pass_a_day(self) -> None:
        """Let a day pass."""

    def delete_tag(self, repository: str, tag: str) -> None:
        """Delete a tag."""

    def delete_attached(self, key: tuple[str, str]) -> None:
        """Delete what was attached to an image."""


class Mixing:
    """Decides what happens, by chance.

    Attributes:
        world: in which it happens.
        random: decides.
        most_clients: that begin in all.
    """

    world: Peopled
    random: random.Random
    most_clients: ClassVar[float] = math.inf
    _begun = 0

    def _prepare(self) -> None:
        """Some images, some tags of which are gone: long ago, or lately."""
        for _ in range(self.random.randint(2, 5)):
            self._start_client()
            self.world.finish_clients()
        self._delete_tags()
        if self.random.random() < 0.8:
            self.world.pass_a_day()

    def _start_client(self) -> None:
        clients = self.world.clients
        if len(clients.active) < 3 and self._begun < self.most_clients:
            self._begun += 1
            clients.start(clients.new_push() if self.random.random() < 0.75 else clients.new_pull())

    def _delete_tags(self) -> None:
        for repository, tag in list(self.world.alive.tags):
            if self.random.random() < 0.4:
                self.world.delete_tag(repository, tag)

    def _delete_attached(self) -> None:
        for key in sorted(self.world.alive.attached)[:1]:
            self.world.delete_attached(key)
