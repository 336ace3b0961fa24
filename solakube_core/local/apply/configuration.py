"""The files of the configuration folder: those of the plan, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

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


def leftovers(folder: Path, files: Iterable[File]) -> tuple[Path, ...]:
    """Return what is in the folder of an earlier plan, such as a key that is not wanted any more."""
    wanted = {file.name for file in files}
    present = sorted(folder.iterdir()) if folder.is_dir() else ()
    return tuple(path for path in present if path.name not in wanted and not path.is_dir())
