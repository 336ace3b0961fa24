"""What tags pointed to is told, stays for a while, and comes back."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from solakube_regtool.cli import main
from solakube_regtool.collect.collector import Collector
from solakube_regtool.collect.report import Options, Report
from solakube_regtool.collect.run import collect
from solakube_regtool.commands.garbage_collect import summary
from solakube_regtool.history.versions import versions
from solakube_regtool.storage.deletions import Deleted
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.untag import remove_tag, set_tag

from tests.model import faults
from tests.model.alive import UNDO
from tests.model.distribution import digest_of
from tests.model.moments import Scene
from tests.model.world import GRACE
from tests.unit.regtool.collecting import blobs
from tests.unit.retention.trees import SmallTree

HOUR = 3600.0
QUIET = Options(grace=0, settle=0, wait=False, untagged_grace=0, undo_period=24 * HOUR)


class Registry:
    """A registry's data, and the program on it."""

    def __init__(self, tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
        self.small, self.tree = tree, Tree(str(tree.data))
        self._capsys = capsys

    def __call__(self, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        assert main(["--data", str(self.small.data), "--json", *arguments]) == code
        return [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]

    def push(self, tag: str, layer: bytes, hours_ago: float, repository: str = "app") -> str:
        """Push an image as long ago; gives its digest."""
        digest = self.small.whole_image(repository, tag, [layer])
        moment = time.time() - hours_ago * HOUR
        folder = self.small.root / f"repositories/{repository}/_manifests/tags/{tag}"
        for link in (folder / "current/link", folder / f"index/sha256/{digest[7:]}/link"):
            os.utime(link, (moment, moment))
        return digest

    def delete(self, tag: str, hours_ago: float = 0.0) -> None:
        """Delete a tag, as long ago."""
        then = time.time_ns() - int(hours_ago * HOUR * 1e9)
        with mock.patch.object(time, "time_ns", return_value=then):
            self("delete", f"app:{tag}")

    def age(self) -> None:
        """Have nothing in use: links of tags keep their times."""
        for file in self.small.root.rglob("*"):
            if "tags" not in file.parts:
                os.utime(file, (1, 1))

    def collect(self, options: Options = QUIET) -> Report:
        self.age()
        return collect(self.tree, options)

    def kept(self) -> list[Path]:
        """What is kept of deleted tags."""
        return list((self.small.root / "_solakube/deleted").iterdir())

    def current(self, tag: str) -> str | None:
        found = self.tree.tag("app", tag)
        return found.digest if found else None


@pytest.fixture
def registry(small_tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> Registry:
    """A registry without images."""
    return Registry(small_tree, capsys)


def told(records: list[dict[str, Any]]) -> list[tuple[str, str, bool]]:
    """Of each version its tag, its digest, and whether it is still pointed to."""
    return [(record["name"], record["digest"], record["until"] is None) for record in records]


def test_a_tag_tells_what_it_pointed_to_and_until_when(registry: Registry) -> None:
    first, second = registry.push("1", b"first", 3), registry.push("1", b"second", 2)
    records = registry("history", "app:1")
    assert told(records) == [("1", first, False), ("1", second, True)]
    assert records[0]["until"] == records[1]["since"] == pytest.approx(time.time() - 2 * HOUR, abs=60)
    assert not records[0]["deleted"]


def test_deleted_tags_are_told_with_the_others(registry: Registry) -> None:
    first, other = registry.push("1", b"first", 3), registry.push("2", b"other", 3)
    registry.delete("1", hours_ago=1)
    records = registry("history", "app")
    assert told(records) == [("1", first, False), ("2", other, True)]
    assert records[0]["deleted"]
    assert records[0]["until"] == pytest.approx(time.time() - HOUR, abs=60)


def test_a_tag_set_back_began_to_point_there_then(registry: Registry) -> None:
    first, second = registry.push("1", b"first", 3), registry.push("1", b"second", 2)
    registry.push("1", b"first", 1)
    assert told(registry("history", "app:1")) == [("1", second, False), ("1", first, True)]


def test_a_push_that_was_cut_off_before_the_tag_was_set_is_no_version_that_lasts(registry: Registry) -> None:
    first = registry.push("1", b"first", 3)
    late = registry.push("1", b"late", 1)
    link = registry.small.root / "repositories/app/_manifests/tags/1/current/link"
    link.write_text(first)
    found = {version.digest: version for version in versions(registry.tree, "app", "1")}
    assert found[first].until is None
    assert found[late].until == found[late].since


@pytest.mark.parametrize(("hours_ago", "stays"), [(23.0, True), (25.0, False)])
@pytest.mark.parametrize("moved", [False, True])
def test_what_a_tag_pointed_to_lately_stays(registry: Registry, hours_ago: float, stays: bool, moved: bool) -> None:
    digest = registry.push("1", b"first", 48)
    if moved:
        registry.push("1", b"second", hours_ago)
    else:
        registry.delete("1", hours_ago)
    report = registry.collect()
    assert (digest in blobs(registry.small)) == stays
    assert (report.undoable, report.blobs) == ((3, 0) if stays else (0, 3))
    assert ("`--now` frees them" in summary(report, "1h")) == stays


@pytest.mark.parametrize("content", ["", "sha256:0", None])
@pytest.mark.parametrize("known", [True, False])
def test_a_deleted_tag_that_cannot_be_read_keeps_what_it_may_have_pointed_to(
    registry: Registry, content: str | None, known: bool
) -> None:
    digest = registry.push("1", b"first", 99)
    registry.delete("1")
    (folder,) = (registry.small.root / "_solakube/deleted/app/_manifests/tags/1").iterdir()
    (folder / "current/link").unlink() if content is None else (folder / "current/link").write_text(content)
    if not known:
        shutil.rmtree(folder / "index")
        (folder / "current/link").write_text("")
    assert registry.collect().blobs == 0
    assert digest in blobs(registry.small)
    if known:
        registry("undelete", "app:1")
        assert registry.current("1") == digest
    assert registry.collect(Options(grace=0, settle=0, wait=False, untagged_grace=0)).blobs == (0 if known else 3)


def test_an_old_deletion_is_forgotten_with_its_folders(registry: Registry) -> None:
    registry.push("1", b"first", 48)
    registry.push("2", b"second", 48)
    registry.delete("1", hours_ago=25)
    registry.delete("2", hours_ago=23)
    registry.collect()
    deleted = Deleted(registry.tree)
    assert [deletion.name for deletion in deleted.deletions("app")] == ["2"]
    assert deleted.tag_folders("app") == ["2"]
    assert registry.collect(Options(grace=0, settle=0, wait=False, untagged_grace=0)).blobs == 3
    assert registry.kept() == []


def test_now_frees_at_once_and_a_dry_run_tells_it(registry: Registry) -> None:
    registry.push("1", b"first", 1)
    registry.delete("1")
    registry.age()
    common = ("garbage-collect", "--grace=0s", "--untagged-grace=0s")
    assert registry(*common, "--dry-run")[-1]["blobs"] == 0
    assert registry(*common, "--dry-run", "--undo-period=0")[-1]["blobs"] == 3
    assert registry(*common, "--undo-period=0")[-1]["blobs"] == 3


def test_the_offline_way_keeps_it_too(registry: Registry) -> None:
    registry.push("1", b"first", 1)
    registry.delete("1")
    common = ("forget-untagged", "--untagged-grace=0s")
    assert registry(*common)[-1]["manifests"] == 0
    assert registry(*common, "--undo-period=0")[-1]["manifests"] == 1
    assert registry.kept() == []


@pytest.mark.parametrize(("pushed", "waits"), [(2 * HOUR, True), (100 * HOUR, False)])
def test_what_was_pushed_again_by_digest_waits_for_its_index_when_a_tag_goes_that_named_it(
    registry: Registry, pushed: float, waits: bool
) -> None:
    digest = registry.push("1", b"platform", 99)
    link = registry.small.root / f"repositories/app/_manifests/revisions/sha256/{digest[7:]}/link"
    os.utime(link, (1, time.time() - pushed))
    registry.delete("1")
    common = ("garbage-collect", "--dry-run", "--grace=0s", "--undo-period=0")
    assert registry(*common)[-1]["unnamed"] == waits


def test_usage_tells_what_that_takes(registry: Registry) -> None:
    registry.push("1", b"first layer", 1)
    registry.push("1", b"2nd", 0.5)
    registry.age()
    (total,) = (record for record in registry("usage") if record["type"] == "usage-total")
    assert total["undoable"] > len(b"first layer")
    assert total["unreferenced"] == 0
    (total,) = (record for record in registry("usage", "--undo-period=0", "--grace=0s", "--untagged-grace=0s")
                if record["type"] == "usage-total")  # fmt: skip
    assert (total["undoable"], total["unreferenced"] > 0) == (0, True)


# Bringing back


def test_a_deleted_tag_comes_back_with_its_past_and_counts_as_pushed_now(registry: Registry) -> None:
    first, second = registry.push("1", b"first", 3), registry.push("1", b"second", 2)
    registry.delete("1")
    (record,) = registry("undelete", "app:1")
    assert (record["digest"], record["before"]) == (second, None)
    assert told(registry("history", "app:1")) == [("1", first, False), ("1", second, True)]
    tag = registry.tree.tag("app", "1")
    assert tag is not None
    assert tag.pushed == pytest.approx(time.time(), abs=60)
    assert registry.kept() == []


def test_a_moved_tag_is_set_back_and_that_can_be_undone(registry: Registry) -> None:
    first, second = registry.push("1", b"first", 3), registry.push("1", b"second", 2)
    (record,) = registry("undelete", "app:1")
    assert (record["digest"], record["before"], registry.current("1")) == (first, second, first)
    registry("undelete", "app:1")
    assert registry.current("1") == second


def test_what_was_longer_ago_than_the_period_is_tried_too(registry: Registry) -> None:
    moved, deleted = registry.push("moved", b"first", 99), registry.push("deleted", b"third", 99)
    registry.push("moved", b"second", 90)
    registry.delete("deleted", hours_ago=70)
    registry("undelete", "app:moved")
    registry("undelete", "app:deleted")
    assert (registry.current("moved"), registry.current("deleted")) == (moved, deleted)


def test_without_space_for_a_folder_a_tag_is_deleted_for_good(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.push("1", b"first", 1)
    made = os.makedirs

    def full(path: str, *arguments: Any, **options: Any) -> None:
        if "_solakube/deleted/app" in str(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        made(path, *arguments, **options)

    monkeypatch.setattr(os, "makedirs", full)
    registry.delete("1")
    assert (registry.current("1"), registry.kept()) == (None, [])
    registry("undelete", "app:1", code=1)


@pytest.mark.parametrize(("hours_ago", "which"), [(4.5, 0), (3.5, 1), (2.5, 2)])
@pytest.mark.parametrize("deleted", [False, True])
def test_it_points_to_what_it_pointed_to_at_a_moment(
    registry: Registry, hours_ago: float, which: int, deleted: bool
) -> None:
    pushed = [registry.push("1", layer, 5.0 - hour) for hour, layer in enumerate((b"first", b"second", b"third", b"4"))]
    if deleted:
        registry.delete("1", hours_ago=1)
    registry("undelete", f"--at={time.time() - hours_ago * HOUR}", "app:1")
    assert registry.current("1") == pushed[which]


def test_a_tag_pushed_anew_after_its_deletion_can_be_set_back_to_what_was_deleted(registry: Registry) -> None:
    first = registry.push("1", b"first", 3)
    registry.delete("1", hours_ago=2)
    second = registry.push("1", b"second", 1)
    assert told(registry("history", "app:1")) == [("1", first, False), ("1", second, True)]
    registry("undelete", "app:1")
    assert registry.current("1") == first


@pytest.mark.parametrize(
    ("reference", "at", "what"),
    [
        ("app:none", None, "nothing is known of app:none"),
        ("app:1", None, "app:1 was neither deleted nor moved"),
        ("app:1", 100.0, "it is not known what app:1 pointed to at"),
        ("app:1", 2.0, "app:1 points there already"),
        ("app", None, "app names no tag"),
        ("app:*", None, "app:* names no tag"),
        ("other:1", None, "there is no repository other"),
    ],
)
def test_what_cannot_come_back_is_refused(registry: Registry, reference: str, at: float | None, what: str) -> None:
    registry.push("1", b"first", 3)
    moment = [] if at is None else [f"--at={time.time() - at * HOUR}"]
    (problem,) = registry("undelete", *moment, reference, code=1)
    assert problem["what"].startswith(what)


def test_an_image_that_is_gone_is_told_and_the_tag_stays_as_it_was(registry: Registry) -> None:
    registry.push("1", b"first", 3)
    second = registry.push("1", b"second", 2)
    shutil.rmtree(registry.small.blob_path(registry.small.blob(b"first")).parent)
    (problem,) = registry("undelete", "app:1", code=1)
    assert "cannot be brought back" in problem["what"]
    assert "the blob" in problem["why"]
    assert registry.current("1") == second


def test_a_deleted_tag_whose_image_lost_a_layer_stays_deleted(registry: Registry) -> None:
    registry.push("1", b"first", 3)
    registry.delete("1")
    shutil.rmtree(registry.small.blob_path(registry.small.blob(b"first")).parent)
    registry("undelete", "app:1", code=1)
    assert registry.current("1") is None
    assert told(registry("history", "app"))[0][0] == "1"


def test_a_tag_that_was_moved_meanwhile_is_not_deleted_and_leaves_no_note(registry: Registry) -> None:
    first, second = registry.push("1", b"first", 3), registry.push("1", b"second", 2)
    assert not remove_tag(registry.tree, "app", "1", first, undoable=True)
    assert registry.current("1") == second
    assert not remove_tag(registry.tree, "app", "1", second, used=lambda: True, undoable=True)
    assert registry.current("1") == second
    assert list(Deleted(registry.tree).deletions("app")) == []


def test_a_tag_is_set_as_distribution_sets_it(registry: Registry) -> None:
    first = registry.push("1", b"first", 3)
    key = next(version.key for version in versions(registry.tree, "app", "1"))
    set_tag(registry.tree, "app", "2", key)
    folder = registry.small.root / "repositories/app/_manifests/tags/2"
    files = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
    assert files == {"current/link": first, f"index/sha256/{first[7:]}/link": first}


# The collector, step by step


def deleted_lately(scene: Scene) -> bytes:
    content = scene.push([b"layer"], "1")
    assert remove_tag(scene.world.tree, "a", "1", f"sha256:{digest_of(content)}", undoable=True)
    return content


def moved_lately(scene: Scene) -> bytes:
    content = scene.push([b"layer"], "1")
    scene.world.clock.forward(1.0)
    scene.push([b"another"], "1")
    return content


@pytest.mark.parametrize("lately", [deleted_lately, moved_lately])
@pytest.mark.parametrize(("collector", "kept"), [(Collector, True), (faults.NoUndo, False)])
def test_a_collection_keeps_what_was_deleted_or_moved_lately(
    tmp_path: Path, lately: Any, collector: type[Collector], kept: bool
) -> None:
    scene = Scene(tmp_path / "data", collector, undo=UNDO)
    content = lately(scene)
    scene.world.clock.forward(2 * GRACE)
    scene.begin(wait=True)
    assert (scene.has(content), scene.has(b"layer")) == (kept, kept)
    scene.world.pass_a_day()
    scene.begin(wait=True)
    assert not scene.has(content)
