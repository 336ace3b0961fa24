"""What a TARGET of backups means: a folder of this machine, or the volume beside the registry's data."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from solakube_core.plugin import Session, SolakubeError
from solakube_registry.backup.variables import TO
from solakube_registry.naming import BACKUP_PATH
from solakube_registry.place import in_cluster


class Target(NamedTuple):
    """Where backups are.

    Attributes:
        folder: as the program sees it that works there.
        beside: that is the program beside the registry's data in the cluster, not one on this machine.
    """

    folder: str
    beside: bool


def target(session: Session, given: Path | str) -> Target:
    """Return what a user means.

    Args:
        session: the run of `sk`.
        given: a folder's path, or `pvc:NAME`.

    Raises:
        SolakubeError: no registry has that claim beside it.
    """
    if isinstance(given, Path):
        return Target(str(given), beside=False)
    if not in_cluster(session.engine.site):
        raise SolakubeError(f"{given} is a claim, and here is no cluster", "", "name a folder")
    if given != session.settings.get(TO):
        why = f"{TO} is {session.settings.get(TO) or 'not set'}"
        raise SolakubeError(
            f"{given} is not beside the registry", why, f"set {TO}={given}, and run `sk deploy registry`"
        )
    return Target(BACKUP_PATH, beside=True)
