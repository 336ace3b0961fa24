"""A backup that the cluster's job asks for, from the job to the volume beside the data: real processes."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from solakube_regtool.backup.target import Target
from solakube_regtool.cli import main

from tests.processes.regtool.test_trigger import TOKEN, Beside, serve
from tests.unit.regtool.backups import SmallTreeAt
from tests.unit.retention.trees import SmallTree

PERIODS = {"days": 30, "months": 6, "years": 0}


@contextmanager
def beside(folder: Path, *options: str) -> Iterator[Beside]:
    """Run `serve` beside the folder's `data`."""
    with serve("127.0.0.1", folder, *options) as address:
        yield Beside(SmallTreeAt(folder / "data"), address, folder)


def ask(program: Beside, token: str = TOKEN) -> int:
    """Run the job."""
    (program.folder / "token").write_text(token)
    (program.folder / "periods.json").write_text(json.dumps(PERIODS))
    files = ("--token", str(program.folder / "token"), "--policy", str(program.folder / "periods.json"))
    return main(["trigger", "--server", f"http://{program.address}", *files, "--backup"])


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """One that is new: its file system has put something into it."""
    made = tmp_path / "volume"
    (made / "lost+found").mkdir(parents=True)
    SmallTree(tmp_path / "data").whole_image("app", "1", [b"layer"])
    return made


def test_the_job_has_a_backup_taken_and_tells_what_was_done(
    tmp_path: Path, volume: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with beside(tmp_path, "--backup", str(volume)) as program:
        assert ask(program) == 0
    told = capsys.readouterr().err
    assert "1 tag; 3 blobs copied" in told
    assert "deleted 0 backups" in told
    target = Target(str(volume))
    assert target.summary(target.choose(None)).tags == 1
    assert main(["--data", str(tmp_path / "data"), "--json", "last-run"]) == 0
    runs = map(json.loads, capsys.readouterr().out.splitlines())
    assert {run["command"]: run["success"] for run in runs} == {"backup": True, "backup-check": True}


def test_a_failure_is_the_job_s(tmp_path: Path, volume: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (volume / "letter").touch()
    with beside(tmp_path, "--backup", str(volume)) as program:
        assert ask(program) == 1
    assert "it is neither empty nor a folder of backups" in capsys.readouterr().err
    assert {entry.name for entry in volume.iterdir()} == {"letter", "lost+found"}


def test_without_the_token_or_a_volume_there_is_no_backup(
    tmp_path: Path, volume: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with beside(tmp_path, "--backup", str(volume)) as program:
        assert ask(program, "another") == 1
        assert "401" in capsys.readouterr().err
    with beside(tmp_path) as program:
        assert ask(program) == 1
        assert "404" in capsys.readouterr().err
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            program.post(b"{}", "another")
        refused.value.close()
    assert [entry.name for entry in volume.iterdir()] == ["lost+found"]


def test_the_volume_of_a_registry_in_a_bucket_is_listed_and_pruned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    SmallTree(tmp_path / "data").whole_image("app", "1", [b"layer"])
    target = str(tmp_path / "target")
    assert main(["--data", str(tmp_path / "data"), "backup", target]) == 0
    for command in (("backup-list", target), ("backup-prune", "--keep=1", target)):
        assert main(["--bucket", "{}", *command]) == 0
    assert "1 tag" in capsys.readouterr().out
