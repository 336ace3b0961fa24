"""The volume that a registry's data lies on."""

from __future__ import annotations

import os

from solakube_regtool.storage.blobs import Blobs


def keeps_access_times(registry: Blobs) -> bool:
    """Tell whether the volume is mounted such that reading a file may leave a trace."""
    try:
        return not os.statvfs(registry.data).f_flag & getattr(os, "ST_NOATIME", 0)
    except OSError:
        return False


def free(registry: Blobs) -> int | None:
    """Give the bytes that the registry may still take; None if that cannot be told."""
    try:
        status = os.statvfs(registry.data)
    except OSError:
        return None
    return status.f_bavail * status.f_frsize
