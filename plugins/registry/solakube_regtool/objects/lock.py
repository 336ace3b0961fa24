"""One run at a time on a bucket.

Nothing in a bucket ends with its holder. So a lock lapses: its holder writes it anew again and again, and one that was
not written for long is taken over, by creating that of the next number, which one alone can do (If-None-Match). Whoever
holds one looks, before it takes anything away, whether it still does.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import uuid
from typing import NamedTuple

from solakube_regtool import wording
from solakube_regtool.collect.barrier import Clock
from solakube_regtool.collect.lock import BusyError
from solakube_regtool.errors import RegtoolError
from solakube_regtool.objects.workspace import ObjectWorkspace
from solakube_regtool.s3.answers import Object
from solakube_regtool.storage.process_identity import is_dead, where
from solakube_regtool.storage.server_clock import server_time

LAPSE = 120.0
"""Seconds after which a lock counts as left behind that nobody has written anew."""

_RENEWALS = 6
"""How often it is written anew within that time."""


class Holder(NamedTuple):
    """Who holds a lock.

    Attributes:
        host: the machine's or the pod's name.
        process: its process number there.
        where: tells machine, boot and process numbers' space apart from all others; "" where that is not known.
        since: seconds since 1970, by that machine's clock.
        run: unlike that of any other.
    """

    host: str
    process: int
    where: str
    since: float
    run: str

    def __str__(self) -> str:
        begun = wording.moment(self.since)
        return f"process {self.process} on {self.host}, since {begun}"

    @property
    def is_dead(self) -> bool:
        """It was on this very machine, and is no more; where that cannot be told it may be alive."""
        return is_dead(self.process, self.where)


class ObjectLock:
    """The lock of a bucket's maintenance.

    Args:
        workspace: where it is.
        clock: tells this machine's time.
        lapse: see LAPSE.

    Attributes:
        taken_over: the former holder, if it died holding the lock.
        skew: seconds that the server's clock is ahead of ours.
    """

    def __init__(self, workspace: ObjectWorkspace, clock: Clock, lapse: float = LAPSE) -> None:
        self._workspace, self._bucket, self._clock, self._lapse = workspace, workspace.bucket, clock, lapse
        self._key = ""
        self._content = b""
        self._renewed = 0.0
        self._released = threading.Event()
        self.taken_over: Holder | None = None
        self.skew = 0.0

    def now(self) -> float:
        """Give the server's time, in seconds since 1970."""
        return self._clock.now() + self.skew

    def take(self) -> None:
        """Take it.

        Raises:
            BusyError: somebody else has it.
        """
        self.skew = self._measured()
        held = list(self._bucket.objects(self._workspace.locks))
        number = 1
        if held:
            self._require_left(held[-1])
            number += int(held[-1].key.removeprefix(self._workspace.locks))
        holder = Holder(socket.gethostname(), os.getpid(), where(), self._clock.now(), uuid.uuid4().hex)
        self._key = f"{self._workspace.locks}{number:08}"
        self._content = json.dumps(holder._asdict()).encode()
        self._renewed = self._clock.monotonic()
        if not self._bucket.create(self._key, self._content):
            raise _busy("it began at this very moment")
        self._bucket.delete(lock.key for lock in held)
        threading.Thread(target=self._renew, daemon=True).start()

    def hold(self) -> None:
        """Make sure that it is still held; ask right before anything is taken away.

        Raises:
            RegtoolError: it is not: this process slept for long, or the bucket did not answer.
        """
        held = [lock.key for lock in self._bucket.objects(self._workspace.locks)]
        late = self._clock.monotonic() - self._renewed > self._lapse / 2
        if late or held[-1:] != [self._key] or self._bucket.read(self._key) != self._content:
            raise RegtoolError("this run has lost its lock on the bucket", "it stood still for long", "run it again")

    def release(self) -> None:
        """Let go of it."""
        self._released.set()
        if self._bucket.read(self._key) == self._content:
            self._bucket.delete([self._key])

    def _measured(self) -> float:
        """Tell how far the server's clock is ahead of ours, in seconds; it has whole ones."""
        return server_time(self._bucket, self._workspace.clock) - self._clock.now()

    def _require_left(self, lock: Object) -> None:
        """Make sure that nobody is at work any more who holds a lock."""
        content = self._bucket.read(lock.key)
        if content is None:
            return
        try:
            holder = Holder(**json.loads(content))
        except (ValueError, TypeError) as error:
            raise RegtoolError(f"the lock {lock.key} cannot be read", str(error), "delete it") from error
        if not holder.is_dead and self.now() - lock.modified < self._lapse:
            raise _busy(str(holder))
        self.taken_over = holder

    def _renew(self) -> None:
        while not self._released.wait(self._lapse / _RENEWALS):
            begun = self._clock.monotonic()
            try:
                if self._bucket.read(self._key) != self._content:
                    return
                self._bucket.write(self._key, self._content)
            except RegtoolError:
                continue
            self._renewed = begun


def _busy(who: str) -> BusyError:
    return BusyError("another maintenance run is at work", who, "wait for its end")
