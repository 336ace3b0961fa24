"""Backups by other programs: what was copied while clients pushed is brought to the moment when the copy began."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from solakube_regtool.backup.walks import EXCLUSIONS, waiting
from solakube_regtool.cli import main
from solakube_regtool.storage.leases import Leases
from solakube_regtool.storage.tree import Tree

from tests.unit.regtool.children import exit_code
from tests.unit.regtool.collecting import age
from tests.unit.retention.trees import SmallTree
from tests.walking import walk

CHANGES = ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.utime", "shutil.rmtree")
NOW = ("--grace=0s", "--untagged-grace=0s", "--undo-period=0")


class Walked:
    """A registry, a copy of it that another program made meanwhile, and the program on both."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.registry, self.copy, self._capsys = SmallTree(folder / "data"), folder / "copy", capsys
        self.registry.whole_image("app", "moved", [b"first"])
        self.registry.whole_image("app", "deleted", [b"second"])
        self.registry.whole_image("other", "stays", [b"third"])
        age(self.registry)

    def on(self, data: Path, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        assert main(["--data", str(data), "--json", *arguments]) == code
        records = [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]
        return [record for record in records if record["type"] != "progress"]

    def __call__(self, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        return self.on(self.registry.data, *arguments, code=code)

    def tags(self, data: Path) -> dict[str, str]:
        return {f"{tag['repository']}:{tag['name']}": tag["digest"] for tag in self.on(data, "list", "--tags")}

    def whole(self, data: Path) -> dict[str, str]:
        """Check every tag; gives their digests."""
        assert self.on(data, "fsck", "--deep")[-1]["damaged"] == 0
        return self.tags(data)

    def work(self) -> None:
        """What clients do: move a tag, make one, make a repository, and have the registry delete one."""
        self.registry.whole_image("app", "moved", [b"pushed since"])
        self.registry.whole_image("app", "new", [b"new"])
        self.registry.whole_image("fresh/app", "1", [b"fresh"])
        shutil.rmtree(self.registry.root / "repositories/app/_manifests/tags/deleted")

    def taken(self) -> dict[str, str]:
        """Copy all, with clients at work once the blobs were copied; gives the tags of the moment before."""
        self("hold", "velero", "--for=1h")
        before = self.tags(self.registry.data)

        def meanwhile(folder: str) -> None:
            if folder == "docker/registry/v2/repositories":
                self.work()

        assert walk(self.registry.data, self.copy, meanwhile) == []
        self("hold", "velero", "--end")
        return before


@pytest.fixture
def walked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Walked:
    """Of a registry with three tags."""
    return Walked(tmp_path, capsys)


def test_a_copy_is_brought_to_the_moment_before_it_began(walked: Walked) -> None:
    before = walked.taken()
    assert walked.tags(walked.copy) != before
    assert walked.on(walked.copy, "fsck", code=1)[-1]["damaged"] > 0
    done = {record["image"]: record["done"] for record in walked.on(walked.copy, "restore-check")[:-1]}
    assert done == {
        "app:moved": "set",
        "app:deleted": "made",
        "app:new": "put away",
        "fresh/app:1": "put away",
    }
    assert walked.whole(walked.copy) == before


def test_what_the_list_does_not_know_is_kept_as_the_undo_keeps_it(walked: Walked) -> None:
    walked.taken()
    pushed = walked.tags(walked.registry.data)
    # The layers were not copied; they may have been, as by a walk in another order.
    shutil.copytree(walked.registry.root / "blobs", walked.copy / "docker/registry/v2/blobs", dirs_exist_ok=True)
    walked.on(walked.copy, "restore-check")
    for image in ("app:moved", "app:new", "fresh/app:1"):
        walked.on(walked.copy, "undelete", image)
        assert walked.whole(walked.copy)[image] == pushed[image]


def test_tags_come_back_with_the_times_that_they_had(walked: Walked) -> None:
    link = walked.registry.root / "repositories/other/_manifests/tags/stays/current/link"
    os.utime(link, (5000, 1000))
    walked.taken()
    os.utime(walked.copy / link.relative_to(walked.registry.data), (9000, 1000))
    walked.on(walked.copy, "restore-check")
    (tag,) = walked.on(walked.copy, "list", "--tags", "other")
    copied = (walked.copy / link.relative_to(walked.registry.data)).stat()
    assert (tag["pushed"], copied.st_atime) == (1000, 5000)


@pytest.mark.parametrize("kind", ["_manifests/tags/moved/current", "_manifests/tags/new/current", "_layers"])
def test_links_that_were_just_being_written_are_written_anew(walked: Walked, kind: str) -> None:
    before = walked.taken()
    for link in (walked.copy / "docker/registry/v2/repositories/app" / kind).rglob("link"):
        link.write_text("")
    walked.on(walked.copy, "restore-check")
    assert walked.whole(walked.copy) == before


def test_a_dry_run_tells_the_same_and_changes_nothing(walked: Walked) -> None:
    walked.taken()
    before = walked.tags(walked.copy)
    told = walked.on(walked.copy, "restore-check", "--dry-run")
    assert walked.tags(walked.copy) == before
    assert walked.on(walked.copy, "restore-check") == told
    assert told[-1] == {**told[-1], "there": 1, "set": 2, "put_away": 2, "damaged": 0}


def test_what_is_missing_is_told_and_the_rest_is_brought_back(walked: Walked) -> None:
    before = walked.taken()
    lost = walked.registry.blob(b"second")
    shutil.rmtree(walked.copy / "docker/registry/v2/blobs/sha256" / lost[7:9] / lost[7:])
    for arguments in (("--dry-run",), (), ()):
        told = walked.on(walked.copy, "restore-check", *arguments, code=1)
        (failed,) = [record for record in told[:-1] if record["failed"]]
        assert (failed["image"], failed["done"]) == ("app:deleted", f"the backup has not got {lost}")
    assert walked.tags(walked.copy) == {image: key for image, key in before.items() if image != "app:deleted"}
    (run, due) = walked.on(walked.copy, "last-run")
    assert (run["success"], run["figures"], due["success"]) == (False, {"damaged": 1}, False)


def test_that_it_is_to_be_done_is_told_until_it_was(walked: Walked) -> None:
    walked.taken()
    assert walked("last-run") == []
    (due,) = walked.on(walked.copy, "last-run")
    assert "restore-check is to be run" in due["summary"]
    walked.on(walked.copy, "restore-check")
    assert [record["type"] for record in walked.on(walked.copy, "last-run")] == ["last-run"]
    assert "no list of references" in walked.on(walked.copy, "restore-check", code=1)[0]["what"]


def test_a_registry_that_is_backed_up_is_not_mistaken_for_a_restored_one(walked: Walked) -> None:
    walked("hold", "velero")
    assert walked("last-run") == []
    (problem,) = walked("restore-check", code=1)
    assert (problem["what"], "velero" in problem["why"]) == ("this registry was not restored", True)


def test_a_copied_lease_holds_nothing(walked: Walked) -> None:
    walked("hold", "restic")
    shutil.copytree(walked.registry.data, walked.copy)
    assert len(walked("hold")) == 1
    assert walked.on(walked.copy, "hold") == []
    walked.on(walked.copy, "delete", "app:moved")
    walked("delete", "app:moved", code=1)


def test_a_list_that_was_cut_off_changes_nothing(walked: Walked) -> None:
    walked.taken()
    (listed,) = (walked.copy / "docker/registry/v2/_solakube/moments").rglob("*.gz")
    listed.write_bytes(listed.read_bytes()[:-20])
    before = walked.tags(walked.copy)
    assert "cannot be read" in walked.on(walked.copy, "restore-check", code=1)[0]["what"]
    assert walked.tags(walked.copy) == before


def test_a_walk_meets_nothing_that_comes_and_goes(walked: Walked) -> None:
    root = walked.registry.root
    (root / "repositories/app/_uploads/1").mkdir(parents=True)
    (root / "repositories/app/_uploads/1/data").write_bytes(b"half")
    (root / "repositories/app/_manifests/tags/moved/current/link.1.tmp").write_text("")
    walked.taken()
    assert not list(walked.copy.rglob("_uploads")) + list(walked.copy.rglob("*.tmp"))
    assert [path.name for path in (walked.copy / "docker/registry/v2/_solakube").iterdir()] == ["moments"]


def test_what_the_owner_excludes_stays_as_he_wrote_it(walked: Walked) -> None:
    (walked.registry.data / EXCLUSIONS).write_text("mine\n")
    walked("hold", "velero")
    assert (walked.registry.data / EXCLUSIONS).read_text() == "mine\n"


def test_one_lease_for_each_pod_and_the_list_of_an_earlier_backup_goes(walked: Walked) -> None:
    walked("hold", "velero", "--for=1ms")
    (lease,) = walked("hold", "velero", "--of-host")
    assert lease["name"] == f"velero-{os.uname().nodename.lower()}"
    lists = [path.parent.name for path in (walked.registry.root / "_solakube/moments").rglob("*.gz")]
    assert lists == [lease["name"]]
    walked("hold", "velero", "--of-host", "--end")
    assert list((walked.registry.root / "_solakube/moments").iterdir()) == []


def test_deletions_wait_for_the_end(walked: Walked) -> None:
    walked("hold", "velero")
    walked("garbage-collect", *NOW, code=1)
    walked("hold", "velero", "--end")
    walked("garbage-collect", *NOW)


# Kills


def killed(step: int, *arguments: str) -> bool:
    """Run the program, and kill it after so many changes to files; tells whether it had not ended by then."""
    left = step

    def count(event: str, told: tuple[Any, ...]) -> None:
        nonlocal left
        if event in CHANGES or (event == "open" and isinstance(told[2], int) and told[2] & (os.O_WRONLY | os.O_RDWR)):
            left -= 1
            if left < 0:
                os._exit(9)

    def run() -> int:
        sys.addaudithook(count)
        return main(["--json", *arguments])

    code = exit_code(run)
    assert code in (0, 9)
    return code == 9


def test_the_beginning_killed_at_any_step_harms_nothing(walked: Walked) -> None:
    before, step, data = walked.tags(walked.registry.data), 0, str(walked.registry.data)
    while killed(step, "--data", data, "hold", "velero"):
        assert waiting(Tree(data)) == []
        assert walked.whole(walked.registry.data) == before
        walked("hold", "velero")
        walked("hold", "velero", "--end")
        step += 1
    assert step > 5


def test_the_end_killed_at_any_step_leaves_no_list_without_a_lease(walked: Walked) -> None:
    step, data = 0, str(walked.registry.data)
    walked("hold", "velero")
    while killed(step, "--data", data, "hold", "velero", "--end"):
        assert waiting(Tree(data)) == []
        walked("hold", "velero")
        step += 1
    assert step > 1
    assert Leases(Tree(data)).held() == []


def test_a_check_killed_at_any_step_is_ended_by_the_next(walked: Walked, tmp_path: Path) -> None:
    before, step = walked.taken(), 0
    copied = tmp_path / "again"
    while True:
        shutil.copytree(walked.copy, copied)
        was_killed = killed(step, "--data", str(copied), "restore-check")
        if waiting(Tree(str(copied))):
            walked.on(copied, "restore-check")
        assert walked.whole(copied) == before
        assert waiting(Tree(str(copied))) == []
        assert {"app:moved", "app:new"} <= {f"app:{one['name']}" for one in walked.on(copied, "history", "app")}
        if not was_killed:
            break
        shutil.rmtree(copied)
        step += 1
    assert step > 10
