"""The files of the configuration folder: those of the plan, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from solakube_core.errors import SolakubeError
from solakube_core.local.data.folders import Folders
from solakube_core.local.state.recording import write_atomically
from solakube_core.model import File


def write(folder: Path, file: File) -> bool:
    """Write a file unless it is there; tell whether it changed."""
    target = folder / file.name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if target.exists() and target.read_text(encoding="utf-8") == file.content:
        return False
    write_atomically(target, file.content)
    return True


def write_all(where: Folders, files: Sequence[File]) -> list[File]:
    """Write files unless they are there, and what copies there are of them; return those that changed.

    Nobody else may write them meanwhile.

    Raises:
        SolakubeError: one was written since the plan was made. Nothing is changed then.
    """
    for file in files:
        if file.replaces is not None and text_of(where.folder_of(file) / file.name) != file.replaces:
            raise SolakubeError(
                f"{file.name} was changed meanwhile", "what was planned would undo that", "run the command again"
            )
    changed = [file for file in files if write(where.folder_of(file), file)]
    for file in files:
        if file.copied:
            write(where.run, file)
    return changed


def text_of(path: Path) -> str:
    """Return the text of a file, "" where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def leftovers(folder: Path, files: Iterable[File]) -> tuple[Path, ...]:
    """Return what is in the folder of an earlier plan, such as a key that is not wanted any more."""
    wanted = {file.name for file in files}
    present = sorted(folder.iterdir()) if folder.is_dir() else ()
    return tuple(path for path in present if path.name not in wanted and not path.is_dir())
