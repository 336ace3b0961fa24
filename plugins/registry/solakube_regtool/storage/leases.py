"""Leases on deletions: while anybody holds one, nothing of a registry's data is deleted. Pushes and pulls go on.

On a volume a lease is a file beside the data, so that everybody sees it who works on that data, in whichever container
or process. It lapses by itself: a fixed time after the file was last touched, which is now where a clock was set back,
and at once when the process has died that it is bound to, which holds the kernel's lock (flock) on it. A copy of it,
as a restored volume may have it, holds nothing. `object_leases` are those in a bucket.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from solakube_regtool import wording
from solakube_regtool.errors import RegtoolError, failed
from solakube_regtool.storage import files
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.uploads import UNFINISHED
from solakube_regtool.storage.workspace import Workspace

LIMIT = 300.0
"""Seconds after which a lease lapses whose process does not touch it."""

RENEWALS = 5
"""How often it is touched within that time."""

STOOD_STILL = "this process stood still for too long"
_LOOK = 1.0
_APART = 1.0
"""Seconds by which a file's times may be ahead of the clock: a kernel and a server of files have their own."""
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,98}[a-z0-9])?")


class HeldError(RegtoolError):
    """Somebody holds a lease on deletions."""


class Lease(NamedTuple):
    """Somebody's wish that nothing be deleted.

    Attributes:
        name: what for, such as `backup`; there is one of each name.
        host: the machine or pod that took it.
        process: the process there that it is bound to; 0 for none.
        seconds: after which it lapses when nobody touches it.
        until: when that is, in seconds since 1970.
    """

    name: str
    host: str
    process: int
    seconds: float
    until: float

    def __str__(self) -> str:
        end = wording.moment(self.until)
        by = f"process {self.process} on {self.host}" if self.process else f"taken on {self.host}"
        return f"{self.name} ({by}) holds deletions, until {end} unless it prolongs that"


def require_name(name: str) -> None:
    """Make sure that a lease may be called so.

    Raises:
        RegtoolError: it may not.
    """
    if not _NAME.fullmatch(name):
        raise RegtoolError(f"{name!r} is no name of a lease", "", "use small letters, digits and dashes")


class AnyLeases:
    """The leases on one registry, wherever it is."""

    def held(self) -> list[Lease]:
        """Give the leases that hold at this moment.

        Raises:
            OSError, RegtoolError: they cannot be read.
        """
        raise NotImplementedError

    def take(self, name: str, seconds: float) -> None:
        """Take a lease that lasts so long, whatever becomes of this process; one of this name begins anew."""
        raise NotImplementedError

    def end(self, name: str) -> bool:
        """End a lease; tells whether there was one."""
        raise NotImplementedError

    def require_none(self) -> None:
        """Make sure that something may be deleted.

        Raises:
            HeldError: somebody holds a lease.
            OSError, RegtoolError: the leases cannot be read.
        """
        for lease in self.held():
            raise HeldError("nothing may be deleted at this moment", str(lease), "wait for its end, and try again")

    def await_none(self, patience: float, progress: Callable[[str], None]) -> None:
        """Wait until something may be deleted.

        Args:
            patience: seconds to wait at most.
            progress: told what is waited for.

        Raises:
            HeldError: somebody still holds a lease.
            OSError, RegtoolError: the leases cannot be read.
        """
        end = time.monotonic() + patience
        told: set[str] = set()
        while (held := self.held()) and time.monotonic() < end:
            for lease in held:
                if lease.name not in told:
                    progress(f"waiting: {lease}")
                    told.add(lease.name)
            time.sleep(_LOOK)
        self.require_none()


class Renewal:
    """Keeps a lease from lapsing, and knows whether that was always in time.

    Attributes:
        lost: why it was not; empty where it was.
    """

    lost = ""

    def renew(self) -> None:
        """Prolong the lease, or note in `lost` why that is too late.

        Raises:
            RegtoolError: it failed; it is tried again, and is too late at last.
        """
        raise NotImplementedError

    @contextlib.contextmanager
    def kept(self) -> Iterator[Callable[[], None]]:
        """Prolong it beside what is done; yields what `Leases.holding` does."""
        over = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(over,), daemon=True)
        keeper.start()
        try:
            yield self._require
        finally:
            over.set()
            keeper.join()

    def _keep(self, over: threading.Event) -> None:
        while not over.wait(LIMIT / RENEWALS):
            with contextlib.suppress(RegtoolError):
                self.renew()

    def _require(self) -> None:
        self.renew()
        if self.lost:
            raise RegtoolError("deletions were not held all the time", self.lost, "begin again")


class Leases(AnyLeases):
    """The leases on one registry's data on a volume.

    Args:
        registry: the tree.
    """

    def __init__(self, registry: Tree) -> None:
        self._workspace = Workspace(registry)

    def held(self) -> list[Lease]:
        """Give the leases that hold at this moment.

        Raises:
            OSError: they cannot be read.
        """
        names = (name for name in files.names(self._workspace.leases) if not name.endswith(UNFINISHED))
        return [lease for lease in map(self._find, sorted(names)) if lease]

    def take(self, name: str, seconds: float) -> None:
        """Take a lease that lasts so long, whatever becomes of this process; one of this name begins anew.

        Raises:
            RegtoolError: that is no name, a process holds a lease of this name, or the volume has no space.
        """
        os.close(self._take(name, seconds, process=0))

    def end(self, name: str) -> bool:
        """End a lease; tells whether there was one.

        Raises:
            RegtoolError: that is no name.
            OSError: the volume failed.
        """
        path = self._path(name)
        held = self._find(name) is not None
        files.remove(path)
        return held

    @contextlib.contextmanager
    def holding(self, name: str) -> Iterator[Callable[[], None]]:
        """Hold deletions while something is done.

        Yields:
            Makes sure that the lease has not lapsed, such as for a machine that was asleep; raises RegtoolError then.

        Raises:
            RegtoolError: as for `take`.
        """
        descriptor = self._take(name, LIMIT, os.getpid())
        try:
            with _Touching(descriptor).kept() as require:
                yield require
        finally:
            if os.fstat(descriptor).st_nlink:
                files.remove(self._path(name))
            os.close(descriptor)

    def _take(self, name: str, seconds: float, process: int) -> int:
        """Write a lease down; gives its file, locked where it is bound to this process."""
        path = self._path(name)
        temporary = f"{path}.{os.getpid()}{UNFINISHED}"
        try:
            self._workspace.prepare()
            earlier = self._find(name)
            if earlier and (earlier.process or process):
                raise HeldError(f"{name} is at work already", str(earlier), "wait for its end")
            descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
            inode = os.fstat(descriptor).st_ino
            told = {"host": os.uname().nodename, "process": process, "seconds": seconds, "inode": inode}
            files.write_all(descriptor, json.dumps(told).encode())
            if process:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.rename(temporary, path)
        except OSError as error:
            raise failed(f"deletions cannot be held for {name}", error) from error
        return descriptor

    def _path(self, name: str) -> str:
        require_name(name)
        return f"{self._workspace.leases}/{name}"

    def _find(self, name: str) -> Lease | None:
        """Look whether a lease holds; None if there is none, or it has lapsed."""
        try:
            descriptor = os.open(f"{self._workspace.leases}/{name}", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            told = json.loads(os.pread(descriptor, 4096, 0))
            status = os.fstat(descriptor)
            until = _touched(descriptor, status.st_mtime) + told["seconds"]
            if told.get("inode", status.st_ino) != status.st_ino:
                return None
            lease = Lease(name, told["host"], told["process"], told["seconds"], until)
            return lease if time.time() < until and (not lease.process or _is_locked(descriptor)) else None
        except (ValueError, KeyError, TypeError) as error:
            raise OSError(f"the lease {name} cannot be read: {error}") from error
        finally:
            os.close(descriptor)


def _touched(descriptor: int, modified: float) -> float:
    """Return when a lease was touched; of one that is ahead of the clock nobody knows, and its time begins anew."""
    now = time.time()
    if modified <= now + _APART:
        return modified
    # What is not ours to touch begins anew at each look, as long as the clock is behind.
    with contextlib.suppress(OSError):
        os.utime(descriptor, (now, now))
    return now


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False


class _Touching(Renewal):
    """Touches a lease's file."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._last = time.time()

    def renew(self) -> None:
        """Touch it."""
        try:
            if not os.fstat(self._descriptor).st_nlink:
                self.lost = "somebody ended it"
            os.utime(self._descriptor)
        except OSError as error:
            self.lost = str(error)
        if time.time() >= self._last + LIMIT:
            self.lost = STOOD_STILL
        self._last = time.time()
