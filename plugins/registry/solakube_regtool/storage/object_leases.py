"""Leases on deletions in a bucket: objects that say who holds them, each for a time since it was written last.

A list tells of the leases, and whoever deletes looks at it first. One that is bound to a process is written anew as
long as that lives; it lapses some minutes after, or at once where the process can be seen to be dead.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator

from solakube_regtool.errors import RegtoolError
from solakube_regtool.s3.answers import Object
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.leases import LIMIT, STOOD_STILL, AnyLeases, HeldError, Lease, Renewal, require_name
from solakube_regtool.storage.process_identity import is_dead, where
from solakube_regtool.storage.server_clock import clock_key, server_time
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.workspace import NAME


class ObjectLeases(AnyLeases):
    """The leases on one registry's bucket.

    Args:
        registry: the tree.
        place: where it is.
    """

    def __init__(self, registry: Tree, place: BucketFiles) -> None:
        self._bucket = place.bucket
        self._clock = clock_key(registry, place)
        self._folder = f"{place.key_of(registry.root)}/{NAME}/leases/"

    def held(self) -> list[Lease]:
        """Give the leases that hold at this moment; one request where there are none."""
        there = list(self._bucket.objects(self._folder))
        if not there:
            return []
        now = server_time(self._bucket, self._clock)
        return [lease for told in there if (lease := self._read(told)) and now < lease.until]

    def take(self, name: str, seconds: float) -> None:
        """Take a lease that lasts so long, whatever becomes of this process; one of this name begins anew.

        Raises:
            RegtoolError: that is no name, a process holds a lease of this name, or the bucket failed.
        """
        key = self._key(name)
        for lease in self._of(name):
            if lease.process:
                raise HeldError(f"{name} is at work already", str(lease), "wait for its end")
        self._bucket.write(key, _told(seconds, process=0))

    def end(self, name: str) -> bool:
        """End a lease; tells whether there was one.

        Raises:
            RegtoolError: that is no name, or the bucket failed.
        """
        key, held = self._key(name), bool(self._of(name))
        self._bucket.delete([key])
        return held

    @contextlib.contextmanager
    def holding(self, name: str) -> Iterator[Callable[[], None]]:
        """Hold deletions while something is done; see `Leases.holding`."""
        key, content = self._key(name), _told(LIMIT, os.getpid())
        for lease in self._of(name):
            raise HeldError(f"{name} is at work already", str(lease), "wait for its end")
        # One that has lapsed makes room; of two that come at once one alone creates the next.
        self._bucket.delete([key])
        if not self._bucket.create(key, content):
            raise HeldError(f"{name} is at work already", "it began at this very moment", "wait for its end")
        try:
            with _Writing(key, content, self._bucket.read, self._bucket.write).kept() as require:
                yield require
        finally:
            if self._bucket.read(key) == content:
                self._bucket.delete([key])

    def _of(self, name: str) -> list[Lease]:
        return [lease for lease in self.held() if lease.name == name]

    def _key(self, name: str) -> str:
        require_name(name)
        return f"{self._folder}{name}"

    def _read(self, told: Object) -> Lease | None:
        """Read a lease; None if it has ended meanwhile, or whoever held it is dead."""
        content = self._bucket.read(told.key)
        if content is None:
            return None
        name = told.key.removeprefix(self._folder)
        try:
            found = json.loads(content)
            until = told.modified + found["seconds"]
            lease = Lease(name, found["host"], found["process"], found["seconds"], until)
            return None if lease.process and is_dead(lease.process, found["where"]) else lease
        except (ValueError, KeyError, TypeError) as error:
            why = f"{type(error).__name__}: {error}"
            raise RegtoolError(f"{told.key} in the bucket is no lease that can be read", why, "delete it") from error


def _told(seconds: float, process: int) -> bytes:
    told = {"host": os.uname().nodename, "process": process, "seconds": seconds, "where": where()}
    return json.dumps({**told, "run": uuid.uuid4().hex}).encode()


class _Writing(Renewal):
    """Writes a lease anew."""

    def __init__(
        self,
        key: str,
        content: bytes,
        read: Callable[[str], bytes | None],
        write: Callable[[str, bytes], None],
    ) -> None:
        self._key, self._content, self._read, self._write = key, content, read, write
        self._last = time.monotonic()

    def renew(self) -> None:
        """Write it, unless that is too late."""
        begun = time.monotonic()
        if self._read(self._key) != self._content:
            self.lost = "somebody ended it"
        elif begun >= self._last + LIMIT:
            self.lost = STOOD_STILL
        else:
            self._write(self._key, self._content)
            self._last = begun
