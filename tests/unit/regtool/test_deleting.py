"""Tags are deleted alone, and only those that are named."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from solakube_regtool.cli import main
from solakube_regtool.errors import RegtoolError
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.untag import delete_tag

from tests.unit.retention.trees import SmallTree

DAY = 86400
TAGS = ("1.0", "1.1", "2.0", "latest")


class Delete:
    def __init__(self, tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
        self._tree, self._capsys = tree, capsys

    def __call__(self, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
        code = main(["--data", str(self._tree.data), "--json", "delete", *arguments])
        return code, [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]

    def left(self, repository: str = "app") -> set[str]:
        """The tags there are."""
        return {tag.name for tag in Tree(str(self._tree.data)).tags(repository)}


@pytest.fixture
def delete(small_tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> Delete:
    """On a registry whose tags `2.0` and `latest` are one image; `1.0` and `1.1` are 40 days old."""
    for tag in TAGS:
        small_tree.image("app", tag, [b"layer" if tag in ("2.0", "latest") else tag.encode()])
        if tag.startswith("1"):
            _age(small_tree, tag, 40)
    small_tree.image("other", "1.0", [b"layer"])
    return Delete(small_tree, capsys)


def _age(tree: SmallTree, tag: str, days: int) -> None:
    moment = time.time() - days * DAY
    os.utime(tree.root / f"repositories/app/_manifests/tags/{tag}/current/link", (moment, moment))


@pytest.mark.parametrize(
    ("arguments", "gone"),
    [
        (("app", "1.0"), {"1.0"}),
        (("app", "1.0", "2.0"), {"1.0", "2.0"}),
        (("app:latest",), {"latest"}),
        (("app", "--all"), {"1.0", "1.1", "2.0", "latest"}),
        (("app", "--all", "--older-than=30d"), {"1.0", "1.1"}),
        (("app:1.0", "app:1.1", "app:1.0"), {"1.0", "1.1"}),
        (("app:1.*",), {"1.0", "1.1"}),
        (("app", "[12].0"), {"1.0", "2.0"}),
        (("app:*", "--older-than", "30d"), {"1.0", "1.1"}),
        (("app:1.0", "--older-than", "60d"), set()),
    ],
)
def test_what_is_named_goes_and_nothing_else(delete: Delete, arguments: tuple[str, ...], gone: set[str]) -> None:
    code, records = delete(*arguments, "--dry-run")
    assert (code, {record["name"] for record in records if record["type"] == "deleted"}) == (0, gone)
    assert delete.left() == set(TAGS)
    code, records = delete(*arguments)
    assert (code, {record["name"] for record in records if record["type"] == "deleted"}) == (0, gone)
    assert delete.left() == set(TAGS) - gone
    assert delete.left("other") == {"1.0"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("app",),
        ("app:1.0", "app:none"),
        ("app:1.0", "ap:1.0"),
        ("app", "3.*"),
        ("../app:1.0",),
        ("/app:1.0",),
        ("app/../app:1.0",),
        ("%2e%2e/app:1.0",),
        ("app", "../1.0"),
        ("app", "../*"),
        ("app", "%2e%2e"),
        ("app", ".."),
        ("app", "1.0/current"),
        ("app", "1.0\n"),
        ("app\n", "1.0"),
        ("app:",),
        ("APP:1.0",),
        ("app:1.0", "app"),
        ("app:1.0", "1.1"),
        ("app", "sha256:00"),
        ("app@sha256:00",),
        (f"app@sha256:{'0' * 64}",),
        (f"app:1.0@sha256:{'0' * 64}",),
        ("host:5000/app:1.0",),
        ("host.example.com/app:1.0",),
        ("ap*:1.0",),
        ("--", "-rf"),
        ("app:1.0", "--older-than=-1d"),
    ],
)
def test_a_wrong_name_deletes_nothing(small_tree: SmallTree, delete: Delete, arguments: tuple[str, ...]) -> None:
    before = _everything(small_tree.root)
    code, records = delete(*arguments)
    assert code == 1
    assert records[-1]["type"] == "problem"
    assert _everything(small_tree.root) == before


def _everything(root: Path) -> set[Path]:
    return set(root.rglob("*"))


def test_a_tag_that_was_moved_meanwhile_stays(small_tree: SmallTree, delete: Delete) -> None:
    tree = Tree(str(small_tree.data))
    tag = tree.tag("app", "1.0")
    assert tag is not None
    moved = small_tree.image("app", "1.0", [b"pushed meanwhile"])
    with pytest.raises(RegtoolError, match="meanwhile"):
        delete_tag(tree, tag)
    found = tree.tag("app", "1.0")
    assert found is not None
    assert found.digest == moved


def test_a_digest_means_all_tags_that_point_to_it(small_tree: SmallTree, delete: Delete) -> None:
    tag = Tree(str(small_tree.data)).tag("app", "latest")
    assert tag is not None
    code, records = delete("app", tag.digest)
    assert (code, {record["name"] for record in records}) == (0, {"2.0", "latest"})
    assert delete.left() == {"1.0", "1.1"}


def test_references_may_come_by_standard_input(delete: Delete, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("app:1.0\nother:1.0\n"))
    assert delete("-")[0] == 0
    assert (delete.left(), delete.left("other")) == ({"1.1", "2.0", "latest"}, set())
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert delete("-")[0] == 1


@pytest.mark.parametrize("words", [("app", "1.0"), ("app:1.0",), ("a*",), ("app", "other")])
def test_all_takes_one_repository_and_no_tags(delete: Delete, words: tuple[str, ...]) -> None:
    code, (problem,) = delete(*words, "--all")
    assert code == 1
    assert problem["what"] == "--all takes one repository, and neither tags nor patterns"
    assert delete.left() == set(TAGS)


def test_of_a_repository_without_tags_there_is_nothing_to_delete(delete: Delete) -> None:
    delete("other", "--all")
    code, (note,) = delete("other", "--all")
    assert (code, note["type"]) == (0, "note")
    assert note["text"].startswith("nothing to delete")


@pytest.mark.parametrize("content", ["", "sha256:", None])
@pytest.mark.parametrize("words", [("app", "--all"), ("app:*",), ("app", "1.*"), ("app", "--all", "--dry-run")])
def test_a_tag_of_which_it_cannot_be_told_where_it_points_is_told(
    small_tree: SmallTree, delete: Delete, words: tuple[str, ...], content: str | None
) -> None:
    tag = small_tree.root / "repositories/app/_manifests/tags/1.1"
    small_tree.whole_image("app", "1.1", [b"whole"])
    (tag / "current/link").write_text(content) if content is not None else (tag / "current/link").unlink()
    code, records = delete(*words)
    assert (code, [record["text"] for record in records if record["type"] == "note"]) == (
        1,
        ["keep app:1.1: where it points cannot be read, or is not here; push it again to have it deleted"],
    )
    assert "1.0" in {record["name"] for record in records if record["type"] == "deleted"}
    assert (tag / "index").exists()


def test_a_damaged_tag_that_is_named_is_told_to_be_one(small_tree: SmallTree, delete: Delete) -> None:
    (small_tree.root / "repositories/app/_manifests/tags/1.1/current/link").write_text("")
    code, (problem,) = delete("app:1.0", "app:1.1")
    assert (code, problem["what"]) == (1, "app:1.1 is a damaged tag")
    assert "1.0" in delete.left()
