"""Tags that have several names, since a repository or a tag is a link to another one."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from solakube_regtool.cli import main
from solakube_regtool.storage.tree import Tree

from tests.unit.retention.test_prune import Prune, prune
from tests.unit.retention.trees import SmallTree

__all__ = ["prune"]

KEEP_ONE: dict[str, Any] = {"keep_last": 1}


def pushed(tree: SmallTree, repository: str, *tags: str) -> dict[str, str]:
    """Push images of their own, the first one first; returns their digests."""
    digests = {tag: tree.whole_image(repository, tag, [tag.encode()]) for tag in tags}
    for days, tag in enumerate(reversed(tags)):
        moment = time.time() - 86400 * (days + 1)
        os.utime(tree.root / f"repositories/{repository}/_manifests/tags/{tag}/current/link", (moment, moment))
    return digests


def tag_names(tree: SmallTree, repository: str) -> set[str]:
    """The tags that lead to a manifest."""
    return {tag.name for tag in Tree(str(tree.data)).tags(repository)}


@pytest.mark.parametrize("link", ["app", "also/here", "team/other"])
@pytest.mark.parametrize(
    ("rules", "held"),
    [
        ([KEEP_ONE], {"team/app:1": ["Pod web/a"]}),
        ([{"repositories": "team/app", "keep_last": 2}, KEEP_ONE], {}),
        ([{"repositories": "a*", "keep_last": 1}, {"repositories": "team/o*", "keep_last": 1}], {}),
    ],
)
def test_a_tag_stays_by_all_names_of_its_repository_if_it_stays_by_one(
    small_tree: SmallTree, prune: Prune, link: str, rules: list[dict[str, Any]], held: dict[str, list[str]]
) -> None:
    pushed(small_tree, "team/app", "1", "2")
    path = small_tree.root / "repositories" / link
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(small_tree.root / "repositories/team/app")
    assert prune(*rules, "--yes", held=held) == set()
    assert tag_names(small_tree, "team/app") == {"1", "2"}


def test_a_tag_that_stays_by_no_name_goes_once(small_tree: SmallTree, prune: Prune) -> None:
    pushed(small_tree, "team/app", "1", "2")
    (small_tree.root / "repositories/other").symlink_to("team")
    assert prune(KEEP_ONE, "--yes") == {"1"}
    assert tag_names(small_tree, "other/app") == {"2"}


def whole(tags: Path) -> None:
    (tags / "stable").symlink_to("1")


def inside(tags: Path) -> None:
    (tags / "stable").mkdir()
    (tags / "stable/current").symlink_to("../1/current")


def innermost(tags: Path) -> None:
    (tags / "stable/current").mkdir(parents=True)
    (tags / "stable/current/link").symlink_to("../../1/current/link")


LINKS = pytest.mark.parametrize("link", [whole, inside, innermost])


@LINKS
def test_what_a_tag_that_stays_is_a_link_to_stays(
    small_tree: SmallTree, prune: Prune, link: Callable[[Path], None]
) -> None:
    pushed(small_tree, "app", "1", "2")
    link(small_tree.root / "repositories/app/_manifests/tags")
    assert prune({"keep_last": 1, "keep_tags": ["stable"]}, "--yes") == set()
    assert {record["name"]: record["why"] for record in prune.records}["1"] == "is app:stable, too"
    assert tag_names(small_tree, "app") == {"1", "2", "stable"}


@LINKS
def test_a_link_goes_before_what_it_leads_to(small_tree: SmallTree, prune: Prune, link: Callable[[Path], None]) -> None:
    pushed(small_tree, "app", "1", "2")
    link(small_tree.root / "repositories/app/_manifests/tags")
    assert prune(KEEP_ONE, "--yes") == {"1", "stable"}
    assert tag_names(small_tree, "app") == {"2"}


@LINKS
def test_delete_takes_no_tag_along_that_is_a_link_to_another(
    small_tree: SmallTree, capsys: pytest.CaptureFixture[str], link: Callable[[Path], None]
) -> None:
    pushed(small_tree, "app", "1")
    link(small_tree.root / "repositories/app/_manifests/tags")
    data = ["--data", str(small_tree.data)]
    assert main([*data, "delete", "app:1"]) == 1
    assert "app:stable is a link to it" in capsys.readouterr().err
    assert tag_names(small_tree, "app") == {"1", "stable"}
    assert main([*data, "delete", "app:stable"]) == 0
    assert main([*data, "delete", "app:1"]) == 0
    assert tag_names(small_tree, "app") == set()


@LINKS
def test_a_link_that_was_deleted_is_in_nobodys_way_and_comes_back(
    small_tree: SmallTree, link: Callable[[Path], None]
) -> None:
    digest = pushed(small_tree, "app", "1")["1"]
    tags = small_tree.root / "repositories/app/_manifests/tags"
    link(tags)
    data = ["--data", str(small_tree.data)]
    assert main([*data, "delete", "app:stable"]) == 0
    shutil.rmtree(tags / "1")
    assert main([*data, "garbage-collect", "--grace=0s", "--untagged-grace=0s"]) == 0
    assert small_tree.blob_path(digest).exists()
    assert main([*data, "undelete", "app:stable"]) == 0
    assert tag_names(small_tree, "app") == {"stable"}
