"""Signatures, attestations and SBOMs: alive as long as their image is, however deep, and brought back with it."""

from __future__ import annotations

import shutil

import pytest
from solakube_regtool.cli import main
from solakube_regtool.collect import run
from solakube_regtool.collect.barrier import Clock
from solakube_regtool.collect.report import Options
from solakube_regtool.collect.run import collect, undo
from solakube_regtool.storage.tree import Tree

from tests.unit.regtool.collecting import age, blobs, collected
from tests.unit.retention.trees import SmallTree


def spelled(digest: str, suffix: str = ".sig") -> str:
    """The tag of an attachment."""
    return digest.replace(":", "-") + suffix


def tags(tree: SmallTree) -> set[str]:
    return {tag.name for tag in Tree(str(tree.data)).tags("app")}


@pytest.fixture
def signed(small_tree: SmallTree) -> str:
    """An image with a signature, with an SBOM, and with a signature of that."""
    digest = small_tree.whole_image("app", "1", [b"image"])
    small_tree.whole_image("app", spelled(digest), [b"signature"])
    listed = small_tree.image("app", "", [b"what is in it"], subject=digest)
    small_tree.whole_image("app", spelled(listed, ".att"), [b"signature of what is in it"])
    fallback = small_tree.whole_image("app", spelled(digest, ""), [b"more"])
    small_tree.whole_image("app", spelled(fallback), [b"signature of more"])
    return digest


def untag(tree: SmallTree, tag: str) -> None:
    shutil.rmtree(tree.root / "repositories/app/_manifests/tags" / tag)


def test_attachments_of_attachments_stay_with_their_image(small_tree: SmallTree, signed: str) -> None:
    before = blobs(small_tree)
    collected(small_tree)
    assert blobs(small_tree) == before
    untag(small_tree, "1")
    collected(small_tree)
    assert (blobs(small_tree), tags(small_tree)) == (set(), set())


def test_attachments_of_what_the_cluster_names_stay(small_tree: SmallTree, signed: str) -> None:
    before = blobs(small_tree)
    untag(small_tree, "1")
    collected(small_tree, bytes.fromhex(signed[7:]))
    assert blobs(small_tree) == before


def test_attachments_go_with_an_image_that_was_deleted_by_digest(small_tree: SmallTree, signed: str) -> None:
    untag(small_tree, "1")
    # Distribution removes the link's file and leaves its folder.
    (small_tree.root / "repositories/app/_manifests/revisions/sha256" / signed[7:] / "link").unlink()
    collected(small_tree)
    assert (blobs(small_tree), tags(small_tree)) == (set(), set())


def test_a_signature_that_is_younger_than_its_image_s_collection_goes_later(small_tree: SmallTree, signed: str) -> None:
    untag(small_tree, "1")
    collected(small_tree)
    revisions = small_tree.root / "repositories/app/_manifests/revisions/sha256"
    late = small_tree.whole_image("app", spelled(signed, ".late"), [b"late"])
    # The collection before has left the folder where it found a tag that spells it.
    (revisions / signed[7:]).mkdir(exist_ok=True)
    registry = Tree(str(small_tree.data))
    collect(registry, Options(grace=60, settle=0, wait=False))
    assert late in blobs(small_tree)
    assert (revisions / signed[7:]).is_dir()
    collected(small_tree)
    assert (blobs(small_tree), tags(small_tree)) == (set(), set())


def test_an_attachment_of_an_image_that_never_was_here_stays(small_tree: SmallTree) -> None:
    small_tree.whole_image("app", "sha256-" + "a" * 64 + ".sig", [b"signature of an image elsewhere"])
    before = blobs(small_tree)
    collected(small_tree)
    assert blobs(small_tree) == before


def test_what_is_brought_back_has_its_signatures_and_counts_as_pushed(small_tree: SmallTree, signed: str) -> None:
    before, named = blobs(small_tree), tags(small_tree) - {"1"}
    untag(small_tree, "1")
    registry = Tree(str(small_tree.data))
    age(small_tree)
    collect(registry, Options(grace=0, settle=0, wait=False, untagged_grace=0, keep=3600))
    assert blobs(small_tree) == set()
    undo(registry)
    assert (blobs(small_tree), tags(small_tree)) == (before, named)
    collect(registry, Options(grace=3600, settle=0, wait=False, untagged_grace=0))
    assert blobs(small_tree) == before


class Later(Clock):
    """Goes a second ahead, so that what was just made is older than a moment."""

    def now(self) -> float:
        return super().now() + 1


def test_what_several_sweeps_of_one_run_kept_comes_back_as_one(
    small_tree: SmallTree, signed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = blobs(small_tree)
    untag(small_tree, "1")
    registry = Tree(str(small_tree.data))
    monkeypatch.setattr(run, "Clock", Later)
    collect(registry, Options(grace=0.05, settle=0, wait=True, untagged_grace=0, keep=3600))
    assert blobs(small_tree) == set()
    undo(registry)
    assert blobs(small_tree) == before


def test_the_offline_way_leaves_no_tag_of_a_signature_whose_image_it_forgot(small_tree: SmallTree, signed: str) -> None:
    small_tree.whole_image("app", "2", [b"stays"])
    untag(small_tree, "1")
    age(small_tree)
    assert main(["--data", str(small_tree.data), "forget-untagged", "--untagged-grace=0s"]) == 0
    assert tags(small_tree) == {"2"}
    assert main(["--data", str(small_tree.data), "fsck"]) == 0
