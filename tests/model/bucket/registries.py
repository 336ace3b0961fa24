"""What the metrics of the registries tell that share the bucket."""

from __future__ import annotations

import random
from collections.abc import Callable

from solakube_regtool.collect.activity import Activity, Count, Process

from tests.model.clients import MANIFEST, Clients


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
    """

    processes: tuple[ModelProcess, ...]

    def __init__(self, clients: Clients, count: int, before: Callable[[bool], object]) -> None:
        self.processes = tuple(ModelProcess(clients, number, before) for number in range(count))

    def trouble(self, chance: random.Random) -> None:
        """Have one of them be started anew, if it has nothing to do, or not answer for a while."""
        process = chance.choice(self.processes)
        if not process.answers:
            process.answers = True
        elif chance.random() < 0.5:
            process.answers = False
        elif not process.requests():
            process.started += 1

    def mend(self) -> None:
        """Have all of them answer."""
        for process in self.processes:
            process.answers = True
