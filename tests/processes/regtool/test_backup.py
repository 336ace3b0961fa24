"""Backups into a folder: what is there is not copied again, a kill loses nothing, and all of it comes back."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import time
from pathlib import Path

import pytest
from solakube_regtool.backup import references
from solakube_regtool.backup.references import read_document, read_repository
from solakube_regtool.storage.leases import Leases
from solakube_regtool.storage.tree import Tree

from tests.unit.regtool.backups import Backups, SmallTreeAt
from tests.unit.regtool.collecting import blobs

DAY = 86400


def test_all_of_it_comes_back_with_its_times(backups: Backups) -> None:
    before = backups.whole(backups.registry.data)
    taken = backups.take()
    assert (taken["repositories"], taken["tags"], taken["copied"]) == (2, 3, len(blobs(backups.registry)))
    assert {record["done"] for record in backups.restore()} == {"made"}
    assert backups.whole(backups.empty) == before
    restored = Tree(str(backups.empty)).tag("other", "1")
    assert restored is not None
    assert restored.pushed == 1.0
    assert read_repository(Tree(str(backups.empty)), "team/app") == read_repository(
        Tree(str(backups.registry.data)), "team/app"
    )


def test_when_a_tag_was_pulled_comes_back_for_the_rules_that_ask_for_it(
    backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled = time.time() - 10 * DAY
    for tag, days in (("1", 0), ("2", 90)):
        link = backups.registry.root / f"repositories/team/app/_manifests/tags/{tag}/current/link"
        os.utime(link, (pulled - days * DAY, pulled - 100 * DAY))
    backups.take()
    backups.restore()
    restored = Tree(str(backups.empty)).tag("team/app", "1")
    assert restored is not None
    assert restored.pulled == pytest.approx(pulled)
    order = {"rules": [{"not_pulled_for": "30d"}], "held": {}}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(order)))
    told = backups.on(backups.empty, "prune")
    deleted = {f"{record['repository']}:{record['name']}" for record in told if record["type"] == "deleted"}
    assert deleted == {"team/app:2", "other:1"}


def test_a_second_backup_copies_what_is_new(backups: Backups) -> None:
    backups.take()
    assert backups.take()["copied"] == 0
    backups.registry.whole_image("team/app", "3", [b"shared", b"three"])
    taken = backups.take()
    assert (taken["copied"], taken["tags"]) == (3, 4)
    assert len(backups.moments()) == 3


def test_what_a_tag_pointed_to_and_what_has_no_tag_comes_back_too(backups: Backups) -> None:
    moved = backups.registry.whole_image("team/app", "1", [b"moved"])
    bare = backups.registry.image("team/app", "", [b"by digest"])
    backups.take()
    backups.restore()
    history = backups.on(backups.empty, "history", "team/app:1")
    assert history[-1]["digest"] == moved
    assert len(history) == 2
    assert bare in blobs(SmallTreeAt(backups.empty))


@pytest.mark.parametrize(
    ("reference", "images"), [("team/app", {"team/app:1", "team/app:2"}), ("team/app:2", {"team/app:2"})]
)
def test_a_repository_or_an_image_comes_back_alone(backups: Backups, reference: str, images: set[str]) -> None:
    backups.take()
    told = backups.restore(reference, "--dry-run")
    assert {record["image"] for record in told} == images
    assert list(backups.empty.iterdir()) == []
    backups.restore(reference)
    assert backups.whole(backups.empty).keys() == images
    assert len(blobs(SmallTreeAt(backups.empty))) == (7 if len(images) == 2 else 4)


def test_an_image_comes_back_with_its_signatures(backups: Backups) -> None:
    digest = backups.registry.whole_image("app", "1", [b"signed"])
    signature = backups.registry.image("app", "", [b"signature"], subject=digest)
    backups.registry.image("app", "", [b"signature of the signature"], subject=signature)
    backups.registry.whole_image("app", f"sha256-{digest[7:]}.sig", [b"by tag"])
    backups.registry.whole_image("app", "2", [b"another"])
    backups.take()
    backups.restore("app:1")
    assert backups.whole(backups.empty).keys() == {"app:1", f"app:sha256-{digest[7:]}.sig"}
    assert len(blobs(SmallTreeAt(backups.empty))) == 12


def test_a_registry_at_work_keeps_what_it_has(backups: Backups) -> None:
    backups.take()
    lost = backups.registry.whole_image("team/app", "1", [b"pushed since"])
    backups.registry.whole_image("new", "1", [b"new"])
    backups.on(backups.registry.data, "delete", "other:1")
    told = {record["image"]: record["done"] for record in backups.restore(data=backups.registry.data)}
    assert told == {"team/app:1": "set", "team/app:2": "there", "other:1": "made"}
    assert backups.whole(backups.registry.data).keys() == {"team/app:1", "team/app:2", "other:1", "new:1"}
    backups.on(backups.registry.data, "undelete", "team/app:1")
    assert backups.whole(backups.registry.data)["team/app:1"] == lost


def test_old_backups_go_with_what_they_alone_name(backups: Backups) -> None:
    backups.take()
    backups.on(backups.registry.data, "delete", "team/app:1")
    backups.on(backups.registry.data, "garbage-collect", "--grace=0s", "--untagged-grace=0s", "--undo-period=0")
    left = blobs(backups.registry)
    (pruned,) = backups("backup", "--keep=1")[1:]
    assert (pruned["backups"], pruned["blobs"]) == (1, 3)
    assert blobs(backups.target) == left
    backups.restore()
    assert backups.whole(backups.empty).keys() == {"team/app:2", "other:1"}
    assert backups("backup-prune", "--keep=0", code=1)[0]["what"] == "no backup would be left"


def test_nothing_goes_while_a_backup_that_stays_cannot_be_read(backups: Backups) -> None:
    for _ in range(2):
        backups.take()
    last = backups.target.data / f"moments/{backups.moments()[-1]}.jsonl.gz"
    last.write_bytes(last.read_bytes()[:-20])
    before = blobs(backups.target)
    assert "cannot be read" in backups("backup-prune", "--keep=1", code=1)[0]["what"]
    assert "cannot be read" in backups.restore(code=1)[0]["what"]
    assert blobs(backups.target) == before
    assert len(list((backups.target.data / "moments").iterdir())) == 2


def test_a_damaged_blob_is_told_and_not_copied(backups: Backups) -> None:
    digest = backups.registry.blob(b"one")
    backups.registry.blob_path(digest).write_bytes(b"One")
    told = backups("backup", code=1)
    assert told[0]["fault"] == f"the blob {digest} has other content"
    assert digest not in blobs(backups.target)
    restored = {record["image"]: record["done"] for record in backups.restore(code=1)}
    assert restored["team/app:1"] == f"the backup has not got {digest}"
    assert backups.whole(backups.empty).keys() == {"team/app:2", "other:1"}


def test_a_blob_that_rots_in_the_backup_is_not_restored(backups: Backups) -> None:
    backups.take()
    digest = backups.registry.blob(b"two")
    backups.target.blob_path(digest).write_bytes(b"Two")
    backups.restore(code=1)
    assert backups.whole(backups.empty).keys() == {"team/app:1", "other:1"}


def test_links_to_nothing_are_counted_and_keep_nothing_from_coming_back(backups: Backups) -> None:
    shutil.rmtree(backups.registry.blob_path(backups.registry.image("other", "", [b"gone"])).parent)
    assert backups.take()["missing"] == 1
    backups.restore()
    assert len(backups.whole(backups.empty)) == 3


@pytest.mark.parametrize("command", ["backup", "backup-list", "backup-prune", "restore"])
def test_a_folder_that_holds_something_else_is_refused(backups: Backups, command: str, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/file").write_text("precious")
    options = ["--keep=1"] if command == "backup-prune" else []
    (problem,) = backups.on(backups.registry.data, command, str(tmp_path / "mine"), *options, code=1)
    assert "no backup" in problem["what"]
    assert os.listdir(tmp_path / "mine") == ["file"]  # noqa: PTH208


def test_of_a_newer_format_nothing_is_read(backups: Backups) -> None:
    backups.take()
    moment = backups.target.data / f"moments/{backups.moments()[0]}.jsonl.gz"
    moment.write_bytes(gzip.compress(b'{"format": 2}\n'))
    (problem,) = backups.restore(code=1)
    assert "of a newer version" in problem["why"]


def test_a_link_that_is_being_written_is_read_again(backups: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
    link = backups.registry.root / "repositories/team/app/_manifests/tags/1/current/link"
    content = link.read_text()
    link.write_text("")
    paused = list[float]()

    class Clock:
        """Passes while the registry writes, which it has done after the second look."""

        @staticmethod
        def sleep(seconds: float) -> None:
            paused.append(seconds)
            link.write_text(content if len(paused) == 2 else "")

    monkeypatch.setattr(references, "time", Clock)
    assert references.read_repository(Tree(str(backups.registry.data)), "team/app").tags.keys() == {"1", "2"}
    assert len(paused) == 2


def test_a_damaged_tag_is_left_out(backups: Backups) -> None:
    (backups.registry.root / "repositories/team/app/_manifests/tags/1/current/link").write_text("")
    assert backups.take()["tags"] == 2


def test_only_their_owner_reads_backups(backups: Backups) -> None:
    backups.take()
    for path in ("moments", "proofs", "docker/registry/v2/blobs"):
        assert (backups.target.data / path).stat().st_mode & 0o077 == 0


def test_what_is_not_in_a_backup_is_told(backups: Backups) -> None:
    backups.take()
    assert "no repository none" in backups.restore("none", code=1)[0]["what"]
    assert "no tag team/app:9" in backups.restore("team/app:9", code=1)[0]["what"]
    assert "there is no backup 2026" in backups.restore("--moment=2026", code=1)[0]["what"]
    assert "names neither" in backups.restore("team/*", code=1)[0]["what"]


def test_references_are_written_as_they_are_read(backups: Backups) -> None:
    read = read_repository(Tree(str(backups.registry.data)), "team/app")
    assert read_document(json.loads(json.dumps(read.as_document()))) == read


# Kills


def test_a_backup_killed_at_any_step_is_taken_again(backups: Backups) -> None:
    before, steps = backups.whole(backups.registry.data), 0
    while backups.killed("take", backups.registry.data, steps):
        assert Leases(Tree(str(backups.registry.data))).held() == []
        assert list((backups.target.data / "moments").glob("*.gz")) == []
        shutil.rmtree(backups.target.data)
        steps += 1
    assert steps > len(blobs(backups.registry))
    shutil.rmtree(backups.target.data)
    backups.killed("take", backups.registry.data, steps - 2)
    assert backups.take()["copied"] == 1
    assert [path for path in (backups.target.data / "moments").iterdir() if path.suffix == ".tmp"] == []
    backups.restore()
    assert backups.whole(backups.empty) == before


def test_a_restore_killed_at_any_step_is_ended_by_the_next(backups: Backups) -> None:
    backups.take()
    steps = 0
    while backups.killed("restore", backups.empty, steps):
        backups.whole(backups.empty)
        steps += 1
    assert steps > 2
    assert backups.whole(backups.empty) == backups.whole(backups.registry.data)


def test_pruning_killed_at_any_step_leaves_the_last_backup_whole(backups: Backups) -> None:
    steps = 0
    while True:
        backups.take()
        backups.on(backups.registry.data, "delete", "team/app:1")
        backups.on(backups.registry.data, "garbage-collect", "--grace=0s", "--untagged-grace=0s", "--undo-period=0")
        backups.take()
        killed = backups.killed("prune", backups.registry.data, steps)
        backups.restore()
        assert backups.whole(backups.empty) == backups.whole(backups.registry.data)
        if not killed:
            break
        steps += 1
        backups.registry.whole_image("team/app", "1", [b"shared", b"one"])
        shutil.rmtree(backups.empty)
        backups.empty.mkdir()
    assert steps > 4
    assert blobs(backups.target) == blobs(backups.registry)


def test_a_registry_is_laid_out_with_all_that_a_backup_holds(backups: Backups, tmp_path: Path) -> None:
    backups.take()
    (made,) = backups("backup-scratch", str(tmp_path / "scratch"))
    assert (made["repositories"], made["tags"]) == (2, 3)
    assert backups.whole(tmp_path / "scratch") == backups.whole(backups.registry.data)


def test_a_proof_is_told_with_the_backup(backups: Backups) -> None:
    backups.take()
    (moment,) = backups("backup-list")
    assert (moment["proven"], moment["damaged"]) == (None, None)
    backups("backup-proof", f"--moment={moment['name']}", "--tags=3", "--damaged=0")
    (moment,) = backups("backup-list")
    assert (moment["proven"] == pytest.approx(time.time(), abs=60), moment["damaged"]) == (True, 0)
