"""The registry's password files: as they are brought, but for logins whose time is over."""

from __future__ import annotations

import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from solakube_regtool.logins import keeping
from solakube_regtool.logins.keeping import FILES, Logins, end_line, living

NOW = 1_800_000_000.0
TEXT = "admin:$2b$08$a\nweb:$2b$04$b\nweb~2:$2b$04$c\n" + end_line("web", NOW)
_LIMIT = 60.0


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Where the files are brought to, and where they are used."""
    given, used = tmp_path / "given", tmp_path / "used"
    for folder in (given, used):
        folder.mkdir()
    for name in FILES:
        (given / name).write_text(TEXT)
    return given, used


def keeper(folders: tuple[Path, Path]) -> Logins:
    return Logins(*map(str, folders))


def known(folder: Path, name: str = "htpasswd") -> list[str]:
    lines = (folder / name).read_text().splitlines()
    return [line.partition(":")[0] for line in lines if not line.startswith("#")]


@pytest.mark.parametrize(("moment", "there"), [(NOW - 1, True), (NOW, False), (NOW + 1, False)])
def test_a_login_is_there_until_its_moment(moment: float, there: bool) -> None:
    assert ("web:" in living(TEXT, moment)) is there
    assert "admin:" in living(TEXT, moment)
    assert "web~2:" in living(TEXT, moment)


@pytest.mark.parametrize(
    "line", ["#ends soon web\n", "#ends 1\n", "# ends 1 web\n", "#ends 1 admin web\n", "#ends 1 webb\n"]
)
def test_what_says_nothing_ends_nobody(line: str) -> None:
    assert living("admin:a\nweb:b\n" + line, NOW) == "admin:a\nweb:b\n" + line


def test_both_files_are_copied_for_nobody_else_to_read(folders: tuple[Path, Path]) -> None:
    keeper(folders).update(NOW - 1)
    for name in FILES:
        assert (folders[1] / name).read_text() == TEXT
        assert stat.S_IMODE((folders[1] / name).stat().st_mode) == 0o600
    assert sorted(entry.name for entry in folders[1].iterdir()) == sorted(FILES)


def test_a_file_is_replaced_only_where_it_changes(folders: tuple[Path, Path]) -> None:
    """The registry reads a file anew when it changed, and a replaced one may be read meanwhile."""
    keeper(folders).update(NOW - 2)
    first = (folders[1] / "htpasswd").stat()
    keeper(folders).update(NOW - 1)
    then = (folders[1] / "htpasswd").stat()
    # Not when it was read last: that second may be another one.
    assert (then.st_ino, then.st_mtime_ns) == (first.st_ino, first.st_mtime_ns)
    keeper(folders).update(NOW)
    assert (folders[1] / "htpasswd").stat().st_ino != first.st_ino
    assert known(folders[1]) == ["admin", "web~2"]


@contextmanager
def kept(folders: tuple[Path, Path], said: list[str]) -> Iterator[None]:
    over = threading.Event()
    thread = threading.Thread(target=keeper(folders).keep, args=(said.append, over))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def await_known(folder: Path, names: list[str]) -> None:
    deadline = time.monotonic() + _LIMIT
    while known(folder) != names:
        assert time.monotonic() < deadline, known(folder)
        time.sleep(0.002)


def test_it_goes_on_by_itself_also_after_trouble(folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_PAUSE", 0.002)
    keeper(folders).update(NOW - 1)
    said: list[str] = []
    with kept(folders, said):
        (folders[0] / "htpasswd").unlink()
        deadline = time.monotonic() + _LIMIT
        while not said:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        assert known(folders[1]) == ["admin", "web", "web~2"]
        (folders[0] / "htpasswd").write_text("admin:a\nweb:b\n" + end_line("web", time.time() - 1))
        await_known(folders[1], ["admin"])
    assert len([line for line in said if "stay as they were" in line]) == 1
