"""Paths as settings name them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from solakube_core.errors import SolakubeError


def expanded(value: str, variable: str) -> Path:
    """Return a path in which `~` stands for a home folder.

    Args:
        variable: the setting that names it.

    Raises:
        SolakubeError: there is no such user.
    """
    try:
        return Path(value).expanduser()
    except RuntimeError:
        user = value.partition("/")[0]
        raise SolakubeError(
            f"{variable}={value} leads nowhere",
            f"{user} stands for the home of a user that is not there",
            f"correct {variable}",
        ) from None


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
