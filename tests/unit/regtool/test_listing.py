"""What `list` prints on a pipe."""

from __future__ import annotations

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
    ],
)
def test_names_are_printed_one_a_line(
    data: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], printed: list[str]
) -> None:
    assert main(["--data", data, "list", *arguments]) == 0
    assert capsys.readouterr().out.split() == printed
