"""A repository that needs nothing any more goes, though others need what it links, and nothing goes with it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from solakube_regtool.collect.report import Options
from solakube_regtool.collect.run import collect, undo
from solakube_regtool.storage.tree import Tree

from tests.unit.regtool.collecting import age, collected
from tests.unit.retention.trees import SmallTree


def left(tree: SmallTree) -> list[str]:
    return list(Tree(str(tree.data)).repositories())


def blobs(tree: SmallTree) -> set[Path]:
    return set(tree.root.glob("blobs/*/*/*/data"))


def links(tree: SmallTree, repository: str) -> int:
    return len(list((tree.root / "repositories" / repository).rglob("link")))


@pytest.fixture
def shared(small_tree: SmallTree) -> SmallTree:
    """Two repositories with the same image: `old/app` has no tag any more, `team/app` has."""
    small_tree.image("old/app", "", [b"shared"])
    small_tree.whole_image("team/app", "1", [b"shared"])
    return small_tree


def test_a_repository_that_shares_all_it_has_with_another_goes(shared: SmallTree, idle: str) -> None:
    before = blobs(shared)
    assert collected(shared, metrics=idle).links == 3
    assert left(shared) == ["team/app"]
    assert blobs(shared) == before
    assert links(shared, "team/app") == 5


def test_one_whose_manifest_the_registry_deleted_goes_too(shared: SmallTree, idle: str) -> None:
    # By its API distribution removes the link, and leaves its folder.
    for link in (shared.root / "repositories/old/app/_manifests/revisions").rglob("link"):
        link.unlink()
    collected(shared, metrics=idle)
    assert left(shared) == ["team/app"]


def test_the_empty_folder_of_a_tag_keeps_nothing(shared: SmallTree, idle: str) -> None:
    (shared.root / "repositories/old/app/_manifests/tags/1/index/sha256").mkdir(parents=True)
    collected(shared, metrics=idle)
    assert left(shared) == ["team/app"]


def a_tag(tree: SmallTree) -> None:
    tree.whole_image("old/app", "2", [b"another"])


def a_tag_that_cannot_be_read(tree: SmallTree) -> None:
    tree.whole_image("old/app", "2", [b"shared"])
    (tree.root / "repositories/old/app/_manifests/tags/2/current/link").write_text("")


def a_signature_of_what_is_alive(tree: SmallTree) -> None:
    tree.image("old/app", "", [b"signature"], tree.whole_image("team/app", "1", [b"shared"]))


@pytest.mark.parametrize("there", [a_tag, a_tag_that_cannot_be_read, a_signature_of_what_is_alive])
def test_what_has_anything_of_its_own_keeps_all_its_links(
    shared: SmallTree, idle: str, there: Callable[[SmallTree], None]
) -> None:
    there(shared)
    before = links(shared, "old/app")
    collected(shared, metrics=idle)
    assert left(shared) == ["old/app", "team/app"]
    assert links(shared, "old/app") == before


def test_one_that_somebody_uploads_to_stays(shared: SmallTree, idle: str) -> None:
    age(shared)
    (shared.root / "repositories/old/app/_uploads/7f3e").mkdir(parents=True)
    collect(Tree(str(shared.data)), Options(grace=0, settle=0, wait=False, untagged_grace=0, metrics=(idle,)))
    assert links(shared, "old/app") == 3


def test_what_the_cluster_names_stays_wherever_it_is(shared: SmallTree, idle: str) -> None:
    held = shared.whole_image("team/app", "1", [b"shared"])
    collected(shared, bytes.fromhex(held[7:]), metrics=idle)
    assert links(shared, "old/app") == 3


def test_what_was_pushed_or_asked_for_within_the_grace_period_stays(shared: SmallTree, idle: str) -> None:
    collect(Tree(str(shared.data)), Options(grace=3600.0, settle=0, wait=False, untagged_grace=0, metrics=(idle,)))
    assert links(shared, "old/app") == 3


def test_where_requests_may_be_under_way_it_stays(shared: SmallTree) -> None:
    collected(shared)
    assert links(shared, "old/app") == 3


def test_what_was_collected_to_be_kept_comes_back_whole(shared: SmallTree, idle: str) -> None:
    digest = shared.image("old/app", "", [b"shared", b"own"])
    collected(shared, metrics=idle, keep=3600.0)
    assert undo(Tree(str(shared.data))) > 0
    for content in (b"shared", b"own"):
        assert shared.layer_link("old/app", f"sha256:{hashlib.sha256(content).hexdigest()}").exists()
    assert shared.blob_path(digest).exists()
