"""Pushes that go on while garbage is collected: what is refused, and what is damaged of that which was accepted."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from solakube_registry.oci.client import RegistryClient
from solakube_registry.oci.push import pull_image, push_image

from benchmarks.maintenance.images import Pushed
from solakube_core.errors import SolakubeError
from solakube_core.model import Address

_CLIENTS = 2
_PAUSE = 0.1
"""Seconds between two pushes of a client: clients that never pause leave a collector no moment without requests."""


@dataclass
class Pushes:
    """What became of the pushes.

    Attributes:
        accepted: that the registry took, by REPOSITORY:TAG.
        refused: why, of each that it did not take.
    """

    accepted: dict[str, Pushed] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


@contextmanager
def pushing(host: str, garbage: Sequence[Pushed]) -> Iterator[Pushes]:
    """Push over and over, each time an image that lies in the registry as garbage: the hardest case for a collector.

    Args:
        host: HOST:PORT of the registry.
        garbage: images to choose from.
    """
    pushes, over = Pushes(), threading.Event()
    threads = [threading.Thread(target=_push, args=(host, garbage, n, pushes, over)) for n in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield pushes
    finally:
        over.set()
        for thread in threads:
            thread.join()


def damaged(host: str, pushes: Pushes) -> list[str]:
    """Pull every image that was accepted, with all its blobs, and name those that are not whole."""
    found = []
    with RegistryClient(Address(f"http://{host}"), None) as client:
        for name, pushed in pushes.accepted.items():
            try:
                whole = pull_image(client, pushed.repository, pushed.tag) == pushed.image
            except SolakubeError:
                whole = False
            if not whole:
                found.append(name)
    return found


def _push(host: str, garbage: Sequence[Pushed], number: int, pushes: Pushes, over: threading.Event) -> None:
    chance, count = random.Random(number), 0
    with RegistryClient(Address(f"http://{host}"), None) as client:
        while not over.wait(_PAUSE):
            count += 1
            again = chance.choice(garbage)._replace(tag=f"again-{number}-{count}")
            try:
                push_image(client, again.repository, again.tag, again.image)
                pushes.accepted[again.name] = again
            except SolakubeError as error:
                pushes.refused.append(str(error))
