"""Paths as the system has them."""

from __future__ import annotations

import errno
import os
from pathlib import Path


def resolved(path: Path) -> Path:
    """Return a path without symbolic links, as far as it exists.

    Raises:
        OSError: a link leads to itself (before Python 3.13; later versions leave it to whoever uses the path).
    """
    try:
        return path.resolve()
    except RuntimeError:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from None


def unreachable(path: Path) -> str:
    """Tell why it cannot be found out what is at a path; "" where it can, also where nothing is there.

    That it is another user's is left to whoever uses it.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return ""
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
    return ""


def is_read_only(folder: Path) -> bool:
    """Tell whether nobody can write there, as where a failing disk was mounted anew for reading alone."""
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
