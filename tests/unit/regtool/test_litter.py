"""What leads to nothing goes, and takes nothing with it that somebody may need."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from solakube_regtool.collect.report import Options
from solakube_regtool.collect.run import collect
from solakube_regtool.storage.tree import Tree

from tests.unit.regtool.collecting import collected
from tests.unit.retention.trees import SmallTree

REPOSITORIES = "repositories"


def manifests(tree: SmallTree, repository: str) -> Path:
    return tree.root / REPOSITORIES / repository / "_manifests"


def history(tree: SmallTree, repository: str, tag: str) -> set[str]:
    """The digests of which a tag keeps a record."""
    return {f"sha256:{entry.name}" for entry in manifests(tree, repository).glob(f"tags/{tag}/index/sha256/*")}


def links(tree: SmallTree, repository: str) -> set[str]:
    """The digests of which a repository has a link with a file."""
    return {f"sha256:{link.parent.name}" for link in (tree.root / REPOSITORIES / repository).glob("_*/**/link")}


def test_what_a_tag_pointed_to_is_forgotten_once_it_is_freed(small_tree: SmallTree, idle: str) -> None:
    for version in range(20):
        last = small_tree.whole_image("team/app", "latest", [b"layer %d" % version])
    kept = small_tree.whole_image("team/app", "kept", [b"other layer"])
    assert len(history(small_tree, "team/app", "latest")) == 20
    collected(small_tree, metrics=idle)
    assert history(small_tree, "team/app", "latest") == {last}
    assert history(small_tree, "team/app", "kept") == {kept}
    revisions = [entry.name for entry in (manifests(small_tree, "team/app") / "revisions/sha256").iterdir()]
    assert {f"sha256:{name}" for name in revisions} == {last, kept}


def test_a_tag_that_is_cut_still_stands_for_all_that_is_left_of_its_history(small_tree: SmallTree, idle: str) -> None:
    first = small_tree.whole_image("team/app", "latest", [b"one"])
    small_tree.whole_image("team/app", "other", [b"one"])
    last = small_tree.whole_image("team/app", "latest", [b"two"])
    (manifests(small_tree, "team/app") / "tags/latest/current/link").write_text("")
    collected(small_tree, metrics=idle)
    assert history(small_tree, "team/app", "latest") == {first, last}
    assert small_tree.blob_path(last).exists()


def test_the_layers_of_a_manifest_that_may_come_back_keep_their_links(small_tree: SmallTree, idle: str) -> None:
    digest = small_tree.image("team/app", "", [b"one"])
    named = links(small_tree, "team/app")
    for name in named - {digest}:
        small_tree.blob_path(name).unlink()
    collected(small_tree, metrics=idle, keep=3600.0)
    assert links(small_tree, "team/app") == named
    shutil.rmtree(small_tree.root / "_solakube/kept")
    collected(small_tree, metrics=idle)
    assert links(small_tree, "team/app") == set()


@pytest.mark.parametrize("nested", [False, True])
def test_a_repository_in_which_nothing_is_left_goes(small_tree: SmallTree, idle: str, nested: bool) -> None:
    small_tree.image("old/team/app", "", [b"one"])
    if nested:
        small_tree.whole_image("old/team/app/base", "1", [b"two"])
    small_tree.whole_image("team/app", "1", [b"two"])
    collected(small_tree, metrics=idle)
    left = ["old/team/app/base"] if nested else []
    assert list(Tree(str(small_tree.data)).repositories()) == [*left, "team/app"]
    assert (small_tree.root / REPOSITORIES / "old").exists() == nested


def test_a_repository_with_an_upload_under_way_stays(small_tree: SmallTree, idle: str) -> None:
    (small_tree.root / REPOSITORIES / "new/app/_uploads/7f3e").mkdir(parents=True)
    collect(Tree(str(small_tree.data)), Options(metrics=(idle,)))
    assert list(Tree(str(small_tree.data)).repositories()) == ["new/app"]


def test_where_requests_may_be_under_way_no_folder_goes(small_tree: SmallTree) -> None:
    small_tree.image("old/app", "", [b"one"])
    collected(small_tree)
    assert links(small_tree, "old/app") == set()
    assert list(Tree(str(small_tree.data)).repositories()) == ["old/app"]
    assert any((small_tree.root / REPOSITORIES / "old/app/_layers/sha256").iterdir())


def test_a_foreign_file_keeps_its_repository(small_tree: SmallTree, idle: str) -> None:
    small_tree.image("old/app", "", [b"one"])
    note = small_tree.root / REPOSITORIES / "old/app/README"
    note.write_text(json.dumps("of somebody"))
    collected(small_tree, metrics=idle)
    assert note.exists()
