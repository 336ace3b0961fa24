"""A folder of things that were built once: entries keyed by version, made whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


def default_root() -> Path:
    """$XDG_CACHE_HOME/solakube-testbed, else ~/.cache/solakube-testbed."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "solakube-testbed"


def fingerprint(*parts: str) -> str:
    """A short key that changes when any of the parts does."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Cache:
    """Where built things are kept."""

    root: Path

    def entry(self, name: str, key: str, build: Callable[[Path], None]) -> Path:
        """The folder of `name` at `key`; `build` fills it if it is not there yet.

        It is filled under another name and renamed when whole: a build that is killed leaves no entry, and
        two processes that want the same one build it once.
        """
        folder = self.root / name / key
        if folder.is_dir():
            return folder
        with self.locked(name):
            if not folder.is_dir():
                folder.parent.mkdir(parents=True, exist_ok=True)
                self._fill(folder, build)
        return folder

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold the lock of `name` against other processes of this machine; a killed holder lets go of it."""
        folder = self.root / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / name.replace("/", "_")).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @staticmethod
    def _fill(folder: Path, build: Callable[[Path], None]) -> None:
        unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            build(unfinished)
            unfinished.chmod(0o755)
            unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
