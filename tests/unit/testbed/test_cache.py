"""The cache of built things: whole or not at all, and once."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path
from typing import TextIO

import pytest

from tests.e2e.testbed.cache import Cache, default_root


def test_an_entry_is_built_once(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    built: list[Path] = []
    first, second = (cache.entry("programs", "crane-v1", built.append) for _ in range(2))
    assert first == second == tmp_path / "programs" / "crane-v1"
    assert len(built) == 1


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def build(folder: Path) -> None:
        (folder / "half").write_text("...")
        raise RuntimeError("killed")

    cache = Cache(tmp_path)
    with pytest.raises(RuntimeError):
        cache.entry("programs", "crane-v1", build)
    assert list((tmp_path / "programs").iterdir()) == []


def test_two_who_want_the_same_entry_at_once_build_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path)
    built: list[str] = []
    asked, flock = threading.Semaphore(0), fcntl.flock

    def counted(lock: TextIO, operation: int) -> None:
        asked.release()
        flock(lock, operation)

    monkeypatch.setattr(fcntl, "flock", counted)

    def build(folder: Path) -> None:
        # Not before all four want it.
        assert all(asked.acquire(timeout=60) for _ in range(4))
        (folder / "done").write_text("done")
        built.append(folder.name)

    threads = [threading.Thread(target=cache.entry, args=("programs", "crane-v1", build)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert (tmp_path / "programs" / "crane-v1" / "done").read_text() == "done"


def test_the_cache_lies_where_the_user_wants_caches(monkeypatch: pytest.MonkeyPatch, private_home: Path) -> None:
    assert default_root() == private_home / ".cache" / "solakube-testbed"
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert default_root() == Path("/elsewhere/solakube-testbed")
