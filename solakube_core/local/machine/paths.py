"""Paths as settings name them."""

from __future__ import annotations

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
