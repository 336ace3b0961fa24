"""Does the volume keep access times? A file of ours is read, which tells of this mount."""

from __future__ import annotations

import os
from typing import NamedTuple

from solakube_regtool.collect import barrier
from solakube_regtool.storage.workspace import Workspace


class Finding(NamedTuple):
    """What was found.

    Attributes:
        keeps_access_times: reading a link leaves a trace.
        how: how that was found out, for people.
    """

    keeps_access_times: bool
    how: str


def probe(workspace: Workspace) -> Finding:
    """Find out whether reading a link leaves a trace.

    Args:
        workspace: has a file to try on.
    """
    moved = _try_here(workspace.probe)
    outcome = "moved" if moved else "did not move (mounted noatime, or a network file system)"
    return Finding(moved, f"a file on the volume was read here, and its access time {outcome}")


def _moved(path: str) -> bool:
    stamp = barrier.stamp(path)
    return stamp is not None and stamp.accessed != barrier.ARMED


def _try_here(path: str) -> bool:
    stamp = barrier.stamp(path)
    if stamp is None or not barrier.arm(path, stamp):
        return False
    # Read plainly: this is the one read whose trace is wanted.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.read(descriptor, 1)
    finally:
        os.close(descriptor)
    return _moved(path)
