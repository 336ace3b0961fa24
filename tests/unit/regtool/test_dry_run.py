"""A dry run tells what a run would do at this moment, and changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from solakube_regtool.cli import main
from solakube_regtool.collect.report import Options, Report
from solakube_regtool.collect.run import collect
from solakube_regtool.storage.tree import Tree

from tests.unit.regtool.collecting import age
from tests.unit.retention.trees import SmallTree

NOW, LATER = Options(grace=0, settle=0, wait=False, untagged_grace=0), Options(grace=3600, settle=0, wait=False)
TOLD = ("blobs", "manifests", "freed_bytes", "postponed", "unnamed", "uploads", "upload_bytes", "attachments")


def unfinished(tree: SmallTree) -> None:
    """Files that a killed registry left: of a blob and of an upload."""
    folder = tree.blob_path(tree.blob(b"never whole")).parent
    (folder / "data").rename(folder / "data.7f3e.tmp")
    upload = tree.root / "repositories/team/app/_uploads/7f3e"
    upload.mkdir(parents=True)
    (upload / "data").write_bytes(b"half a layer")


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def told(report: Report) -> dict[str, object]:
    return {name: getattr(report, name) for name in TOLD}


@pytest.mark.parametrize("options", [NOW, LATER, replace(LATER, untagged_grace=0), replace(NOW, grace=3600)])
def test_it_tells_what_the_run_then_does(small_tree: SmallTree, options: Options) -> None:
    small_tree.whole_image("team/app", "1", [b"one", b"two"])
    small_tree.image("team/app", "", [b"two", b"three"])
    gone = small_tree.image("team/app", "", [b"four"])
    small_tree.whole_image("team/app", f"sha256-{gone[7:]}.sig", [b"signature"])
    small_tree.blob(b"in no repository")
    unfinished(small_tree)
    age(small_tree)
    before = contents(small_tree.data)
    dry = collect(Tree(str(small_tree.data)), replace(options, dry_run=True))
    assert contents(small_tree.data) == before
    assert told(collect(Tree(str(small_tree.data)), options)) == told(dry)


def test_usage_counts_what_was_never_finished(small_tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
    unfinished(small_tree)
    assert main(["--data", str(small_tree.data), "usage"]) == 0
    size = len(b"never whole") + len(b"half a layer")
    assert f"total 0: unique 0, shared 0, unreferenced 0; uploads {size}" in capsys.readouterr().out


def test_what_was_never_finished_is_freed_after_a_week(small_tree: SmallTree, idle: str) -> None:
    unfinished(small_tree)
    tree = Tree(str(small_tree.data))
    assert collect(tree, Options(metrics=(idle,))).upload_bytes == 0
    age(small_tree)
    assert collect(tree, Options(metrics=(idle,))).upload_bytes == len(b"never whole") + len(b"half a layer")
    assert list(tree.blob_keys()) == []


def test_a_link_that_was_never_finished_goes_too(small_tree: SmallTree, idle: str) -> None:
    folder = small_tree.layer_link("team/app", "sha256:" + "a" * 64).parent
    folder.mkdir(parents=True)
    (folder / "link.7f3e.tmp").write_bytes(b"sha256:a")
    tree = Tree(str(small_tree.data))
    assert collect(tree, Options(metrics=(idle,))).upload_bytes == 0
    age(small_tree)
    assert collect(tree, Options(metrics=(idle,))).upload_bytes == len(b"sha256:a")
    assert not folder.exists()
