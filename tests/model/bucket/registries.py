"""What the metrics of the registries tell that share the bucket."""

from __future__ import annotations

import random
from collections.abc import Callable

from solakube_regtool.collect.activity import Activity, Count, Process
from solakube_regtool.objects.presence import Presence, Registry

from tests.model.clients import MANIFEST, Clients

_MOST = 4
"""Registries that there are, after some have come."""


class ModelProcess(Process):
    """A registry's metrics.

    Args:
        clients: of all registries.
        replica: its number.
        before: hears that it is asked.

    Attributes:
        started: how often it was started.
        answers: it does.
    """

    def __init__(self, clients: Clients, replica: int, before: Callable[[bool], object]) -> None:
        self._clients, self._replica, self._before = clients, replica, before
        self.started, self.answers = 1, True

    def requests(self) -> list[str]:
        """Tell what its requests under way are about."""
        return [client.request for client in self._clients.active if client.replica == self._replica and client.request]

    def page(self) -> str | None:
        self._before(False)
        count = self.requests().count(MANIFEST)
        under_way = f'registry_http_in_flight_requests{{handler="manifest"}} {count}'
        return f"{under_way}\nprocess_start_time_seconds {self.started}\n" if self.answers else None

    def count(self) -> Count | None:
        self._before(False)
        return Count(len(self.requests()), 0) if self.answers else None

    def close(self) -> None:
        pass


class ModelActivity(Activity):
    """The metrics of all of them.

    Args:
        clients: theirs.
        count: how many there are.
        before: hears that one is asked.
        presence: where they say that they are there.
    """

    processes: tuple[ModelProcess, ...] = ()

    def __init__(self, clients: Clients, count: int, before: Callable[[bool], object], presence: Presence) -> None:
        self._clients, self._before, self._presence = clients, before, presence
        for _ in range(count):
            self._start()

    def _start(self) -> None:
        self._announce(len(self.processes))
        self.processes += (ModelProcess(self._clients, len(self.processes), self._before),)

    def _announce(self, number: int) -> None:
        self._presence.announce(Registry(str(number), f"registry {number}", ()))

    def renew(self) -> None:
        """Have all of them say again that they are there."""
        for number in range(len(self.processes)):
            self._announce(number)

    def trouble(self, chance: random.Random) -> None:
        """Have one of them be started anew, if it has nothing to do, or not answer for a while; or another one come."""
        process = chance.choice(self.processes)
        if len(self.processes) < _MOST and chance.random() < 0.3:
            self._start()
        elif not process.answers:
            process.answers = True
        elif chance.random() < 0.5:
            process.answers = False
        elif not process.requests():
            process.started += 1

    def mend(self) -> None:
        """Have all of them answer."""
        for process in self.processes:
            process.answers = True
