"""The read barrier: telling from a link's time stamps since when no push can rely on it.

A push that asks whether a blob is there makes the registry read the blob's link. On a volume that keeps access times
the kernel (relatime) notes the first read of a file after its last change, and further reads once a day. A link's
access time is therefore set to ARMED, long before its change time: the next read moves it, and leaves the link's change
time as it was. So an armed link was not read since it was armed, and any other one not since a day after its access
time. Both facts stay in the tree itself, and serve the next run too.
"""

from __future__ import annotations

import os
import time
from typing import NamedTuple

ARMED = 0
"""The access time, in nanoseconds since 1970, that no read leaves behind."""

DAY = 86400.0
"""Seconds for which relatime does not note another read."""


class Stamp(NamedTuple):
    """What of a file changes whenever it is read, rewritten or replaced. Times are nanoseconds since 1970."""

    inode: int
    accessed: int
    modified: int
    changed: int
    size: int


def stamp(path: str) -> Stamp | None:
    """Take a file's stamp; None if there is no such file.

    Raises:
        OSError: the file cannot be looked at.
    """
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return stamp_of(status)


def stamp_of(status: os.stat_result) -> Stamp:
    """Take the stamp of a file's status."""
    return Stamp(status.st_ino, status.st_atime_ns, status.st_mtime_ns, status.st_ctime_ns, status.st_size)


class Clock:
    """Tells the time, in seconds since 1970. Tests have one of their own, which can be put forward."""

    def now(self) -> float:
        """Give the time."""
        return time.time()

    def monotonic(self) -> float:
        """Give a time that only serves to measure how long something takes, in seconds."""
        return time.monotonic()

    def moment(self, stamp_ns: int) -> float:
        """Tell when a file's time stamp was set, which is in nanoseconds since 1970."""
        return stamp_ns / 1e9

    def stamped(self, moment: float) -> float:
        """Tell what time stamp files got at a moment, in seconds since 1970."""
        return moment

    def changed(self, of: Stamp) -> float:
        """Tell when a file's content, name or time stamps were last set."""
        return self.moment(of.changed)


def quiet_since(link: Stamp, clock: Clock, keeps_access_times: bool) -> float:
    """Tell since when a link was neither written nor read, in seconds since 1970.

    Args:
        link: its stamp.
        clock: tells change times.
        keeps_access_times: where the volume does not, only writing counts.
    """
    changed = clock.changed(link)
    if not keeps_access_times or link.accessed == ARMED:
        return changed
    return max(changed, clock.moment(link.accessed) + DAY)


def arm(path: str, link: Stamp) -> bool:
    """Set a link's access time such that the next read moves it; one that is armed is left alone.

    Returns:
        False if that is not permitted (to owner and root): a link counts as quiet a day after its last read then.
    """
    if link.accessed == ARMED:
        return True
    try:
        os.utime(path, ns=(ARMED, link.modified))
    except PermissionError:
        return False
    except FileNotFoundError:
        pass
    return True
