"""Folders and files behind symbolic links: the registry follows them, and so does the program."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from solakube_regtool.cli import main
from solakube_regtool.collect.trash import Trash
from solakube_regtool.oci import digests
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.workspace import Workspace

from tests.unit.regtool.collecting import blobs, collected
from tests.unit.retention.trees import SmallTree

APP = "repositories/team/app"
MOVABLE = (
    "repositories",
    "repositories/team",
    APP,
    f"{APP}/_layers",
    f"{APP}/_manifests",
    f"{APP}/_manifests/tags",
    f"{APP}/_manifests/tags/1",
    f"{APP}/_manifests/tags/1/current/link",
    f"{APP}/_manifests/revisions",
    "blobs/sha256",
)


def moved(tree: SmallTree, what: str, elsewhere: Path) -> None:
    """Move a part of a registry to another place, and leave a link behind."""
    elsewhere.mkdir()
    shutil.move(tree.root / what, elsewhere / "part")
    (tree.root / what).symlink_to(elsewhere / "part")


@pytest.mark.parametrize("what", MOVABLE)
def test_what_lies_behind_a_link_is_alive(
    small_tree: SmallTree, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    small_tree.whole_image("team/app", "1", [b"one", b"two"])
    before = blobs(small_tree)
    moved(small_tree, what, tmp_path / "volume")
    collected(small_tree)
    assert blobs(small_tree) == before
    assert main(["--data", str(small_tree.data), "fsck"]) == 0
    assert main(["--data", str(small_tree.data), "list"]) == 0
    assert "team/app" in capsys.readouterr().out


@pytest.mark.parametrize("what", [*MOVABLE, "the manifest's blob"])
def test_nothing_is_freed_while_a_link_leads_nowhere(
    small_tree: SmallTree, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    digest = small_tree.whole_image("team/app", "1", [b"one", b"two"])
    if what == "the manifest's blob":
        what = str(small_tree.blob_path(digest).parent.relative_to(small_tree.root))
    moved(small_tree, what, tmp_path / "volume")
    (tmp_path / "volume").rename(tmp_path / "not mounted")
    code = main(["--data", str(small_tree.data), "garbage-collect", "--grace=0s", "--untagged-grace=0s"])
    (tmp_path / "not mounted").rename(tmp_path / "volume")
    told = capsys.readouterr()
    assert (code == 1 and "mount the volume" in told.err) or "left alone" in told.out
    assert main(["--data", str(small_tree.data), "fsck"]) == 0


@pytest.mark.parametrize("target", [".", "..", "../..", "../../team"])
def test_a_link_into_its_own_way_is_no_further_repository(small_tree: SmallTree, target: str) -> None:
    small_tree.whole_image("team/app", "1", [b"one"])
    (small_tree.root / APP / "loop").symlink_to(target)
    assert list(Tree(str(small_tree.data)).repositories()) == ["team/app"]


def test_a_repository_by_two_names_is_two(small_tree: SmallTree) -> None:
    small_tree.whole_image("team/app", "1", [b"one"])
    (small_tree.root / "repositories/other").symlink_to("team")
    assert list(Tree(str(small_tree.data)).repositories()) == ["other/app", "team/app"]


@pytest.mark.parametrize("what", ["repositories/team", f"{APP}/_manifests/tags/1"])
def test_a_tag_behind_a_link_can_be_deleted(small_tree: SmallTree, tmp_path: Path, what: str) -> None:
    small_tree.whole_image("team/app", "1", [b"one"])
    moved(small_tree, what, tmp_path / "volume")
    assert main(["--data", str(small_tree.data), "delete", "team/app", "1"]) == 0
    assert list(Tree(str(small_tree.data)).tags("team/app")) == []


@pytest.mark.parametrize("alone", [True, False])
def test_garbage_behind_a_link_goes_with_its_link(small_tree: SmallTree, tmp_path: Path, alone: bool) -> None:
    alive = small_tree.whole_image("app", "1", [b"alive"])
    for number, digest in enumerate((alive, small_tree.image("app", "", [b"garbage"]))):
        folder = str(small_tree.blob_path(digest).parent.relative_to(small_tree.root))
        moved(small_tree, folder, tmp_path / f"volume{number}")
    if not alone:
        (tmp_path / "volume1/part/others").write_text("")
    before = blobs(small_tree)
    report = collected(small_tree)
    assert (report.failures, len(before - blobs(small_tree))) == ([], 3)
    assert alive in blobs(small_tree)
    assert (tmp_path / "volume1/part").exists() != alone
    assert list((small_tree.root / "_solakube/trash").iterdir()) == []


@pytest.mark.parametrize("stored_anew", [None, b"", b"garbage"])
@pytest.mark.parametrize("relative", [True, False])
def test_a_blob_behind_a_link_goes_back_where_it_was(
    small_tree: SmallTree, tmp_path: Path, relative: bool, stored_anew: bytes | None
) -> None:
    digest = small_tree.blob(b"garbage")
    folder = small_tree.blob_path(digest).parent
    moved(small_tree, str(folder.relative_to(small_tree.root)), tmp_path / "volume")
    if relative:
        folder.unlink()
        folder.symlink_to(os.path.relpath(tmp_path / "volume/part", folder.parent))
    tree = Tree(str(small_tree.data))
    workspace = Workspace(tree)
    workspace.prepare()
    trash, key = Trash(tree, workspace), digests.parse(digest)
    assert trash.move(key)
    assert not small_tree.blob_path(digest).exists()
    if stored_anew is not None:
        folder.mkdir()
        small_tree.blob_path(digest).write_bytes(stored_anew)
    trash.put_back(key)
    assert small_tree.blob_path(digest).read_bytes() == b"garbage"
    assert list((small_tree.root / "_solakube/trash").iterdir()) == []
