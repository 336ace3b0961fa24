"""Every stored byte is counted once."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from solakube_regtool.alive.owners import reached_by
from solakube_regtool.cli import main
from solakube_regtool.collect.trash import Trash
from solakube_regtool.oci import digests
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.workspace import Workspace

from tests.unit.regtool.collecting import age, collected
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


def test_what_was_collected_and_is_kept_is_told(small_tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
    small_tree.image("a", "1", [b"layer"])
    small_tree.image("a", "", [b"lost" * 25])
    age(small_tree)
    before = told(small_tree, capsys, "--untagged-grace", "0s")[-1]
    assert (before["unreferenced"] > 100, before["trash"]) == (True, 0)
    collected(small_tree, keep=3600)
    after = told(small_tree, capsys)[-1]
    assert (after["unreferenced"], after["trash"]) == (0, before["unreferenced"])
    assert after["stored"] == on_disk(small_tree) == before["stored"] - after["trash"]
    assert main(["--data", str(small_tree.data), "usage", "--grace", "0s"]) == 0
    assert f"collected and not freed yet {after['trash']}" in capsys.readouterr().out


def test_what_a_killed_run_has_left_in_the_trash_is_told(
    small_tree: SmallTree, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = small_tree.blob(b"lost" * 25)
    tree = Tree(str(small_tree.data))
    workspace = Workspace(tree)
    workspace.prepare()
    assert Trash(tree, workspace).move(digests.parse(digest))
    total = told(small_tree, capsys)[-1]
    assert (total["stored"], total["trash"]) == (0, 100)


def test_an_unknown_repository_is_an_error(small_tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
    small_tree.image("tools/busybox", "1", [b"layer"])
    assert main(["--data", str(small_tree.data), "usage", "tools/busybx"]) == 1
    assert "tools/busybox" in capsys.readouterr().err


def test_what_stays_for_the_cluster_alone_is_told_with_its_holders(
    small_tree: SmallTree, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    digest = small_tree.image("a", "", [b"common" * 100, b"held" * 50])
    tagged = small_tree.image("a", "1", [b"common" * 100])
    holders = tmp_path / "held.json"
    named = {digest: ["Deployment web/app", "Pod web/app-1"], tagged: ["Pod web/b"], "a:1": ["Pod web/c"]}
    holders.write_text(json.dumps(named))
    _repository, kept, total = told(small_tree, capsys, "--untagged-grace=0s", f"--held={holders}")
    assert (kept["type"], kept["digest"], kept["holders"]) == ("usage-held", digest, named[digest])
    assert kept["size"] == total["held"] == on_disk(small_tree) - total_of(small_tree, tagged)
    assert total["unreferenced"] == 0
    assert told(small_tree, capsys, "--untagged-grace=0s")[-1]["unreferenced"] == total["held"]


@pytest.mark.parametrize("named", ["[]", '{"a:1": "Pod"}', "{", "[" * 100_000])
def test_holders_that_cannot_be_read_are_refused(
    small_tree: SmallTree, capsys: pytest.CaptureFixture[str], tmp_path: Path, named: str
) -> None:
    (tmp_path / "held.json").write_text(named)
    assert main(["--data", str(small_tree.data), "usage", f"--held={tmp_path}/held.json"]) == 1
    assert "who holds images cannot be read" in capsys.readouterr().err


def total_of(tree: SmallTree, digest: str) -> int:
    """Bytes of all that a manifest is made of."""
    registry = Tree(str(tree.data))
    return sum(registry.blob_size(key) or 0 for key in reached_by(registry, digest))


@pytest.mark.parametrize(("arguments", "used"), [((), True), (("--grace=2h",), True), (("--grace=1m",), False)])
def test_a_manifest_that_was_used_within_an_hour_counts_as_in_use(
    small_tree: SmallTree, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], used: bool
) -> None:
    digest = small_tree.image("a", "", [b"layer"])
    age(small_tree)
    now = time.time()
    os.utime(small_tree.root / f"repositories/a/_manifests/revisions/sha256/{digest[7:]}/link", (now - 1800, 1))
    assert main(["--data", str(small_tree.data), "--json", "usage", "--untagged-grace=0s", *arguments]) == 0
    total = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (total["unreferenced"] == 0) == used
