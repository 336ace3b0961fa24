"""A backup as programs make it that know nothing of registries: by name, file by file, while the registry works."""

from __future__ import annotations

import fnmatch
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def _nothing(_path: str) -> None:
    return


def walk(source: Path, target: Path, before: Callable[[str], None] = _nothing) -> list[str]:
    """Copy a folder as kopia does: in order of names, each file as it is when its turn comes, with its times.

    Args:
        source: the folder; what its `.kopiaignore` says is left out.
        target: a folder that is not there yet.
        before: told of each folder, by its path in the source, before it is looked into.

    Returns:
        The files that were gone when they were to be read: such a backup has failed in part.
    """
    rules = source / ".kopiaignore"
    walking = _Walk(source, target, rules.read_text().splitlines() if rules.exists() else [], before)
    walking.copy("")
    return walking.gone


class _Walk:
    def __init__(self, source: Path, target: Path, rules: list[str], before: Callable[[str], None]) -> None:
        self._source, self._target, self._rules, self._before = source, target, rules, before
        self.gone: list[str] = []

    def copy(self, folder: str) -> None:
        self._before(folder)
        (self._target / folder).mkdir()
        for name in sorted(os.listdir(self._source / folder)):  # noqa: PTH208
            path = f"{folder}/{name}".lstrip("/")
            try:
                is_folder = (self._source / path).is_dir()
                if not self._is_left_out(path, is_folder) and (self._source / path).exists():
                    self.copy(path) if is_folder else shutil.copy2(self._source / path, self._target / path)
            except FileNotFoundError:
                self.gone.append(path)

    def _is_left_out(self, path: str, is_folder: bool) -> bool:
        """Apply those rules of .gitignore that occur: the last one that fits counts."""
        left_out = False
        for rule in self._rules:
            meant = rule.lstrip("!")
            if meant.startswith("#") or (meant.endswith("/") and not is_folder):
                continue
            pattern = meant.strip("/")
            whole = meant.startswith("/")
            fits = path.count("/") == pattern.count("/") if whole else True
            if fits and fnmatch.fnmatchcase(path if whole else path.rpartition("/")[2], pattern):
                left_out = not rule.startswith("!")
        return left_out
