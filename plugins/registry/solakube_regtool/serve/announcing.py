"""Saying in a bucket that the registry shares it beside which this program is, as long as that is so."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from solakube_regtool.collect.activity import page_of
from solakube_regtool.collect.barrier import Clock
from solakube_regtool.errors import RegtoolError
from solakube_regtool.objects.presence import HOST, ID, NAME, RENEWAL, Presence, Registry, own_id
from solakube_regtool.objects.workspace import ObjectWorkspace
from solakube_regtool.serve.pages import OF_REGISTRY
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.tree import Tree

_POLL = 0.2


class Announcement:
    """What the registry says that this program is beside; the environment tells which one: see `presence`.

    Args:
        place: its bucket.
        listen: [HOST]:PORT where this program serves the registry's metrics.
        processes: URLs of the debug addresses of the registry's processes.

    Raises:
        RegtoolError: the environment does not tell which registry it is.
    """

    def __init__(self, place: BucketFiles, listen: str, processes: Sequence[str]) -> None:
        workspace = ObjectWorkspace(Tree(place.data, place), place)
        self._presence = Presence(workspace, Clock().now)
        self._registry, self._processes = _registry(listen, len(processes)), processes

    def renew(self) -> None:
        """Say that it is there; RegtoolError where the bucket does not take it."""
        self._presence.announce(self._registry)

    @contextlib.contextmanager
    def kept(self, tell: Callable[[str], None]) -> Iterator[None]:
        """Say it again and again while the context lasts; take it back when the registry has ended after that.

        Args:
            tell: told of a bucket that does not take it.
        """
        over = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(over, tell), daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()
            while any(page_of(url) is not None for url in self._processes):
                time.sleep(_POLL)
            self._presence.withdraw(self._registry.id)

    def _keep(self, over: threading.Event, tell: Callable[[str], None]) -> None:
        while not over.is_set():
            try:
                self.renew()
            except RegtoolError as error:
                tell(f"the bucket is not told that this registry shares it: {error}")
            over.wait(RENEWAL)


def _registry(listen: str, processes: int) -> Registry:
    host, id = os.environ.get(HOST, ""), own_id()
    if not host or not id:
        raise RegtoolError("it is not known which registry this is", f"the environment has no {ID} or {HOST}")
    place = f"[{host}]" if ":" in host else host
    address = f"http://{place}:{listen.rpartition(':')[2]}"
    return Registry(id, os.environ.get(NAME, "") or id, [f"{address}{path}" for path in OF_REGISTRY[:processes]])
