"""Files that settings name and that may be there or not: what cannot be seen is never taken for no file."""

from __future__ import annotations

import stat
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


def is_there(file: Path) -> bool:
    """Tell whether there is a file to read; a device such as /dev/null is one, too.

    Raises:
        SolakubeError: something else is in its place, or it cannot be told.
    """
    try:
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if file.is_symlink():
            raise _misplaced(file, f"it is a symbolic link to {file.readlink()}, which is not there") from None
        return False
    except OSError as error:
        raise SolakubeError(
            f"it cannot be told whether there is a {file}",
            error.strerror or "",
            "HOME must be your own home folder, and SK_ROOTS lead to folders that you may read",
        ) from None
    if not stat.S_ISREG(mode) and not stat.S_ISCHR(mode):
        raise _misplaced(file, "it is a folder" if stat.S_ISDIR(mode) else "it is a pipe, a socket or a disk")
    return True


def _misplaced(file: Path, why: str) -> SolakubeError:
    return SolakubeError(f"{file} is no file that can be read", why, "mend it, or remove it")
