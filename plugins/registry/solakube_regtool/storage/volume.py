"""The volume that a registry's data lies on."""

from __future__ import annotations

import os
import stat

from solakube_regtool.errors import RegtoolError
from solakube_regtool.storage.blobs import Blobs


def require_folder(data: str) -> None:
    """Make sure that there is a folder: one that is missing is no empty registry.

    Raises:
        RegtoolError: there is none.
        OSError: it cannot be told.
    """
    try:
        if stat.S_ISDIR(os.stat(data).st_mode):
            return
        why = "it is not a folder"
    except (FileNotFoundError, NotADirectoryError):
        why = "there is no such folder"
    raise RegtoolError(f"there is no registry's data in {data}", why, "name the folder that holds it: --data DIR")


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
