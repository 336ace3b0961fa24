"""What `list` prints on a pipe."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from solakube_regtool.cli import main
from solakube_regtool.oci.manifest import LARGEST

from tests.unit.retention.trees import SmallTree


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Repositories that nest, and one without a tag."""
    tree = SmallTree(tmp_path / "data")
    for repository, tag in (("a/b", "1"), ("a", "2"), ("a", "1"), ("untagged", "")):
        tree.image(repository, tag, [b"layer"])
    return str(tree.data)


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        ((), ["a", "a/b", "untagged"]),
        (("a",), ["1", "2"]),
        (("--tags",), ["a:1", "a:2", "a/b:1"]),
        (("a", "--tags"), ["a:1", "a:2"]),
        (("a*",), ["a", "a/b"]),
        (("a/*",), ["a/b"]),
        (("a*", "--tags"), ["a:1", "a:2", "a/b:1"]),
        (("a:2",), ["2"]),
        (("a:[12]",), ["1", "2"]),
        (("a:2", "--tags"), ["a:2"]),
    ],
)
def test_names_are_printed_one_a_line(
    data: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], printed: list[str]
) -> None:
    assert main(["--data", data, "list", *arguments]) == 0
    assert capsys.readouterr().out.split() == printed


def test_a_digest_lists_the_tags_that_point_to_it(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", data, "--json", "list", "a:2"]) == 0
    digest = json.loads(capsys.readouterr().out)["digest"]
    for reference, printed in ((f"a@{digest}", "1\n2\n"), (f"a:*@{digest}", "1\n2\n"), (f"a:2@{digest}", "2\n")):
        assert main(["--data", data, "list", reference]) == 0
        assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("", "'' is no name of a repository"),
        ("-rf", "'-rf' is no name of a repository"),
        ("/a", "is no name of a repository"),
        ("A", "is no name of a repository"),
        ("b*", "no repository matches b*"),
        ("a:3", "there is no tag of a named 3"),
        ("a:", "'' is no pattern of tags"),
        ("a@", "'' is no digest"),
        ("a@sha256", "'sha256' is no digest"),
        ("a@sha256:00", "'sha256:00' is no digest"),
        (f"a@sha256:{'0' * 64}", "no tag of a points to sha256:000"),
        (f"a:2@sha256:{'0' * 64}", "a:2 was deleted or pushed anew meanwhile"),
        ("host:5000/a:1", "begins with the address of a registry, host:5000"),
        ("docker.io/a", "there is no repository docker.io/a\n  docker.io is no address of this registry"),
    ],
)
def test_a_reference_that_means_nothing_is_told(
    data: str, capsys: pytest.CaptureFixture[str], reference: str, told: str
) -> None:
    assert main(["--data", data, "list", "--", reference]) == 1
    printed = capsys.readouterr()
    assert told in printed.err
    assert printed.out == ""


def test_a_tag_takes_three_files_and_a_look_at_its_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven thousand tags are listed within a second: what is not asked takes no time."""
    few, many = (SmallTree(tmp_path / name) for name in ("few", "many"))
    for tree, count in ((few, 1), (many, 4)):
        for number in range(count):
            tree.image("app", f"1.{number}", [f"layer {number}".encode()])
    # What is imported is asked for once.
    assert main(["--data", str(few.data), "--json", "list", "--tags"]) == 0
    asked: Counter[str] = Counter()

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*arguments: Any, **options: Any) -> Any:
            asked[name] += 1
            return function(*arguments, **options)

        return ask

    for name in ("open", "stat"):
        monkeypatch.setattr(os, name, counted(name, getattr(os, name)))
    assert main(["--data", str(few.data), "--json", "list", "--tags"]) == 0
    first = Counter(asked)
    asked.clear()
    assert main(["--data", str(many.data), "--json", "list", "--tags"]) == 0
    # Its link, its manifest and its configuration are read.
    assert asked - first == {"open": 3 * 3, "stat": 3}


def test_of_a_manifest_too_long_to_be_one_all_bytes_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = SmallTree(tmp_path / "data")
    digest = tree.image("app", "1", [b"layer"])
    tree.blob_path(digest).write_bytes(b" " * (LARGEST + 1))
    assert main(["--data", str(tree.data), "--json", "list", "--tags"]) == 0
    assert json.loads(capsys.readouterr().out)["size"] == LARGEST + 1
