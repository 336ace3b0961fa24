"""A backup is read as the registry that it would be restored to: by itself once a week, or when somebody asks."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from solakube_regtool.backup.target import Target
from solakube_regtool.serve.metrics import of_folder

from tests.unit.regtool.backups import Backups
from tests.unit.regtool.collecting import blobs
from tests.unit.retention.trees import SmallTree

WEEK = 7 * 86400


def scheduled(backups: Backups, monkeypatch: pytest.MonkeyPatch, code: int = 0) -> list[dict[str, Any]]:
    """Take a backup as a schedule does; gives what was told of a check."""
    backups.target.data.mkdir(exist_ok=True)
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"days": 30, "months": 0, "years": 0})))
    return [record for record in backups("backup", "--scheduled", code=code) if record["type"] in ("checked", "damage")]


def last_check(backups: Backups) -> dict[str, Any]:
    runs = backups.on(backups.registry.data, "last-run")
    (found,) = (run for run in runs if run["command"] == "backup-check")
    return found


def lose(tree: SmallTree, content: bytes) -> None:
    """Take a layer out of a tree."""
    shutil.rmtree(found(tree, content).parent)


def found(tree: SmallTree, content: bytes) -> Path:
    """Find a layer in a tree."""
    return next(path for path in tree.root.rglob("data") if path.read_bytes() == content)


def age_proofs(backups: Backups, seconds: float) -> None:
    for proof in (backups.target.data / "proofs").iterdir():
        known = json.loads(proof.read_text())
        proof.write_text(json.dumps({**known, "at": known["at"] - seconds}))


def test_a_schedule_checks_once_a_week(backups: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
    (told,) = scheduled(backups, monkeypatch)
    assert (told["tags"], told["damaged"]) == (3, 0)
    assert last_check(backups)["success"]
    assert scheduled(backups, monkeypatch) == []
    age_proofs(backups, WEEK - 3600)
    assert scheduled(backups, monkeypatch) == []
    age_proofs(backups, 3601)
    assert len(scheduled(backups, monkeypatch)) == 1
    proofs = [(record["by"], record["damaged"]) for record in backups("backup-list")]
    assert proofs == [("files", 0), (None, None), (None, None), ("files", 0)]


def test_one_that_a_registry_proved_needs_no_check(backups: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = backups.take()["name"]
    backups("backup-proof", f"--moment={moment}", "--tags=3", "--damaged=0")
    assert scheduled(backups, monkeypatch) == []


def test_what_is_gone_from_the_backups_is_found_and_told(backups: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
    backups.take()
    before = blobs(backups.target)
    lose(backups.target, b"two")
    told = backups("backup-check", code=1)
    assert [record["image"] for record in told if record["type"] == "damage"] == ["team/app:2"]
    assert not last_check(backups)["success"]
    assert "solakube_backup_check_damaged_tags 1\n" in of_folder(str(backups.registry.data))
    assert backups("backup-list")[0]["damaged"] == 1
    assert backups.take()["copied"] == 1
    assert blobs(backups.target) == before
    backups("backup-check")
    assert last_check(backups)["success"]


def test_a_schedule_fails_where_the_backup_is_damaged(backups: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
    lose(backups.registry, b"two")
    told = scheduled(backups, monkeypatch, code=1)
    assert {record["image"] for record in told if record["type"] == "damage"} == {"team/app:2"}
    runs = {run["command"]: run["success"] for run in backups.on(backups.registry.data, "last-run")}
    assert runs == {"backup": True, "backup-check": False}
    assert len(scheduled(backups, monkeypatch, code=1)) == 2
    backups.registry.whole_image("team/app", "2", [b"shared", b"two"])
    assert scheduled(backups, monkeypatch)[-1]["damaged"] == 0
    assert last_check(backups)["success"]
    assert scheduled(backups, monkeypatch) == []


def test_content_that_has_changed_is_found_by_hashing(backups: Backups) -> None:
    backups.take()
    found(backups.target, b"two").write_bytes(b"owt")
    backups("backup-check")
    told = backups("backup-check", "--deep", code=1)
    assert [record["image"] for record in told if record["type"] == "damage"] == ["team/app:2"]


def test_what_a_killed_check_left_goes_and_no_blob_with_it(backups: Backups) -> None:
    backups.take()
    before = blobs(backups.target)
    left = backups.target.data / "scratch/docker/registry/v2"
    left.mkdir(parents=True)
    (left / "blobs").symlink_to(backups.target.root / "blobs")
    backups("backup-check")
    assert not (backups.target.data / "scratch").exists()
    assert blobs(backups.target) == before


def test_nobody_deletes_what_is_being_checked(backups: Backups) -> None:
    backups.take()
    with Target(str(backups.target.data)).changing():
        (problem,) = backups("backup-check", code=1)
    assert "another run works on" in problem["what"]
    assert not last_check(backups)["success"]
