"""A folder that is not there is no empty registry: every command says so, and makes none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from solakube_regtool.cli import COMMANDS, WITHOUT_DATA, main

from tests.unit.retention.trees import SmallTree

WORDS = {
    "list": ["--tags"],
    "delete": ["team/app:1"],
    "history": ["team/app"],
    "undelete": ["team/app:1"],
    "garbage-collect": ["--dry-run"],
    "check": ["--held", "/dev/null"],
    "backup": ["/nowhere"],
    "backup-check": ["/nowhere"],
    "backup-sent": ["--tags=0", "--copied-bytes=0", "--seconds=0", "nothing"],
    "restore": ["/nowhere"],
    "serve": ["--listen", "127.0.0.1:0"],
}
"""What a command needs besides its name, or is best tried with."""

NEEDING = sorted(COMMANDS.keys() - set(WITHOUT_DATA))
OF_COLLECTIONS = (["garbage-collect"], ["garbage-collect", "--undo"], ["usage", "team/app"], ["fsck", "--deep"])


@pytest.mark.parametrize("words", [*([name, *WORDS.get(name, [])] for name in NEEDING), *OF_COLLECTIONS], ids=" ".join)
def test_a_folder_that_is_missing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    missing = tmp_path / "not/there"
    assert main(["--data", str(missing), *words]) == 1
    told = capsys.readouterr()
    assert f"there is no registry's data in {missing}" in told.err
    assert "there is no such folder" in told.err
    assert "--data DIR" in told.err
    assert "access times" not in told.out + told.err
    assert not missing.parent.exists()


def test_a_file_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.touch()
    for data, why in ((file, "it is not a folder"), (file / "below", "there is no such folder")):
        assert main(["--data", str(data), "--json", "fsck"]) == 1
        assert json.loads(capsys.readouterr().out)["why"] == why


def test_an_empty_folder_is_an_empty_registry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "--json", "garbage-collect", "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["blobs"] == 0


def test_a_folder_behind_a_link_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    SmallTree(tmp_path / "data").image("team/app", "1", [b"layer"])
    (tmp_path / "link").symlink_to(tmp_path / "data")
    assert main(["--data", str(tmp_path / "link"), "list"]) == 0
    assert capsys.readouterr().out == "team/app\n"
