"""What `list` prints on a pipe."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from solakube_regtool.cli import main

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
