"""Which variables files there are, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from solakube_core.files import expanded, is_there

PHASES = ("variables-context.sh", "variables.sh", "variables-defaults.sh")
"""Each phase walks all roots; `sk` has done so from the beginning."""


def roots(environ: Mapping[str, str], home: Path, cluster: str) -> tuple[Path, ...]:
    """Return the folders with overrides, nearest first.

    Args:
        environ: SK_ROOTS (separated by colons) or, without it, SK_PROJECT_HOME.
        home: the user's home folder.
        cluster: name of the cluster.
    """
    own = home / ".solakube"
    listed = tuple(folder for _, folder in listed_roots(environ))
    return (own / "globals" / "overrides", own / cluster / "overrides", *listed)


def listed_roots(values: Mapping[str, str]) -> tuple[tuple[str, Path], ...]:
    """Return the roots that the user named, each with the variable that names it.

    Raises:
        SolakubeError: one lies in the home of a user that is not there.
    """
    source = "SK_ROOTS" if values.get("SK_ROOTS") else "SK_PROJECT_HOME"
    # Absolute, since a variables file may change the folder.
    folders = (expanded(part, source).absolute() for part in values.get(source, "").split(":") if part)
    return tuple((source, folder) for folder in folders)


def variables_files(folders: tuple[Path, ...], home: Path, cluster: str) -> dict[str, tuple[Path, ...]]:
    """Return the files of each phase that exist.

    `~/.solakube/<cluster>/variables.sh`, which the original's documentation promised and its code never
    read, comes after the overrides of the cluster.

    Raises:
        SolakubeError: what is in the place of one is no file, or it cannot be told.
    """
    promised = home / ".solakube" / cluster / "variables.sh"
    found: dict[str, tuple[Path, ...]] = {}
    for phase in PHASES:
        candidates = [folder / phase for folder in folders]
        if phase == promised.name:
            candidates.insert(2, promised)
        found[phase] = tuple(file for file in dict.fromkeys(candidates) if is_there(file))
    return found
