"""Every stored byte is counted once."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import pytest
from solakube_regtool.cli import main

from tests.unit.retention.trees import SmallTree


def told(tree: SmallTree, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["--data", str(tree.data), "--json", "usage", "--grace", "0s", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def on_disk(tree: SmallTree) -> int:
    return sum(file.stat().st_size for file in tree.root.glob("blobs/**/data"))


def test_the_sum_is_the_blob_store(small_tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
    small_tree.image("a", "1", [b"common" * 100, b"of a" * 50])
    small_tree.image("b/c", "1", [b"common" * 100, b"of b" * 70])
    small_tree.blob(b"lost" * 25)
    total = told(small_tree, capsys)[-1]
    assert total["stored"] == on_disk(small_tree)
    assert total["unique"] + total["shared"] + total["unreferenced"] == total["stored"]
    assert (total["shared"], total["unreferenced"]) == (600, 100)


def test_a_repository_counts_what_it_shares(small_tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
    small_tree.image("a", "1", [b"common" * 100, b"of a" * 50])
    small_tree.image("b", "1", [b"common" * 100])
    first, second, _total = told(small_tree, capsys)
    assert (first["repository"], first["tags"], first["shared"]) == ("a", 1, 600)
    assert first["size"] == first["unique"] + 600
    assert first["unique"] - second["unique"] > 200  # the layer, and a longer manifest


def test_two_tags_of_one_image_free_nothing_alone(small_tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
    for tag in ("1", "latest"):
        small_tree.image("a", tag, [b"layer"])
    small_tree.image("a", "2", [b"layer", b"more"])
    tags = {row["name"]: row for row in told(small_tree, capsys, "a")}
    assert tags["1"]["unique"] == tags["latest"]["unique"] == 0
    assert tags["2"]["shared"] == len(b"layer")


def test_a_signature_elsewhere_is_kept_and_counted(small_tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
    digest = small_tree.image("a", "1", [b"layer"])
    small_tree.image("signatures", "", [b"signature"], subject=digest)
    total = told(small_tree, capsys)[-1]
    assert total["unreferenced"] == 0
    assert total["unique"] + total["shared"] == on_disk(small_tree)


def test_the_reader_leaves_no_trace(small_tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
    small_tree.image("a", "1", [b"layer"])
    link = small_tree.root / "repositories/a/_manifests/tags/1/current/link"
    os.utime(link, (time.time() + 86400, link.stat().st_mtime))
    before = link.stat().st_atime_ns
    first = told(small_tree, capsys)[0]
    assert link.stat().st_atime_ns == before
    assert first["pulled"] == pytest.approx(before / 1e9)
    os.utime(link, (0, link.stat().st_mtime))
    assert told(small_tree, capsys)[0]["pulled"] is None
    assert link.stat().st_atime_ns == 0


def test_an_unknown_repository_is_an_error(small_tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
    small_tree.image("tools/busybox", "1", [b"layer"])
    assert main(["--data", str(small_tree.data), "usage", "tools/busybx"]) == 1
    assert "tools/busybox" in capsys.readouterr().err
