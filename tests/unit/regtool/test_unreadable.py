"""What cannot be read is never "not there": all stays that it may stand for."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from solakube_regtool.cli import main

from tests.unit.regtool.collecting import blobs, collected
from tests.unit.retention.trees import SmallTree

TAG = "repositories/app/_manifests/tags/1"


def in_its_place_a_folder(path: Path) -> None:
    """Have reading fail for root, too."""
    path.unlink()
    path.mkdir()


DAMAGE: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-9]),
    "zeroed": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "not UTF-8": lambda path: path.write_bytes(b"\xff\xfe" * 40),
    "unreadable": in_its_place_a_folder,
}


@pytest.fixture
def image(small_tree: SmallTree) -> str:
    """The digest of an image, beside another one that nobody needs."""
    small_tree.whole_image("other", "", [b"garbage"])
    return small_tree.whole_image("app", "1", [b"one", b"two"])


@pytest.mark.parametrize("damage", [*DAMAGE, "gone"])
def test_a_tag_that_cannot_be_read_keeps_all_that_it_ever_pointed_to(
    small_tree: SmallTree, image: str, damage: str
) -> None:
    older = small_tree.whole_image("app", "1", [b"older"])
    before = blobs(small_tree)
    DAMAGE.get(damage, Path.unlink)(small_tree.root / TAG / "current/link")
    collected(small_tree)
    assert {image, older} <= blobs(small_tree)
    assert len(before) - len(blobs(small_tree)) == 3
    assert main(["--data", str(small_tree.data), "fsck"]) == 1


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_tag_without_a_history_keeps_all_of_its_repository(small_tree: SmallTree, image: str, damage: str) -> None:
    before = blobs(small_tree)
    DAMAGE[damage](small_tree.root / TAG / "current/link")
    (small_tree.root / TAG / "index/sha256" / image[7:] / "link").unlink()
    (small_tree.root / TAG / "index/sha256" / image[7:]).rmdir()
    report = collected(small_tree)
    assert report.manifests == 1
    assert len(before) - len(blobs(small_tree)) == 3


OVERWRITTEN: dict[str, Callable[[Path], object]] = {
    "text": lambda path: path.write_bytes(b'"text"'),
    "null": lambda path: path.write_bytes(b"null"),
    "list": lambda path: path.write_bytes(b"[1, 2]"),
    "empty object": lambda path: path.write_bytes(b"{}"),
    "a configuration": lambda path: path.write_bytes(b'{"os": "linux", "rootfs": {"diff_ids": []}}'),
    "another manifest": lambda path: path.write_bytes(b'{"schemaVersion": 2, "layers": [], "config": null}'),
    "a flipped bit": lambda path: path.write_bytes(
        re.sub(rb'("layers".*?sha256:).{8}', rb"\g<1>00000000", path.read_bytes())
    ),
    "without its layers": lambda path: path.write_bytes(
        re.sub(rb'"layers": \[.*\]', b'"layers": []', path.read_bytes())
    ),
}


@pytest.mark.parametrize("tagged", [True, False])
@pytest.mark.parametrize("damage", [*DAMAGE, *OVERWRITTEN])
def test_a_manifest_that_cannot_be_read_keeps_all_that_its_repository_links(
    small_tree: SmallTree, image: str, damage: str, tagged: bool
) -> None:
    before = blobs(small_tree)
    (DAMAGE | OVERWRITTEN)[damage](small_tree.blob_path(image))
    if not tagged:
        assert main(["--data", str(small_tree.data), "delete", "app", "1"]) == 0
    report = collected(small_tree)
    assert report.oddities == 1
    assert len(before) - len(blobs(small_tree)) == 3


def test_a_layer_by_another_algorithm_that_cannot_be_read_keeps_all_of_its_repository(
    small_tree: SmallTree, image: str
) -> None:
    link = small_tree.root / "repositories/app/_layers/sha512" / ("a" * 128) / "link"
    link.parent.mkdir(parents=True)
    link.write_bytes(b"")
    small_tree.whole_image("app", "", [b"linked, but not needed"])
    before = blobs(small_tree)
    collected(small_tree)
    assert len(before) - len(blobs(small_tree)) == 3


def failing_at(path: Path, call: Callable[..., Any]) -> Callable[..., Any]:
    """Make a system call fail for a folder, as a bad part of the disk does for root, too."""

    def called(name: Any = ".", *arguments: Any, **options: Any) -> Any:
        if str(name) == str(path):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return call(name, *arguments, **options)

    return called


FOLDERS = (".", "app", "app/_layers", "app/_manifests/revisions/sha256", "app/_manifests/tags", "app/_uploads")


@pytest.mark.usefixtures("image")
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_that_cannot_be_read_ends_the_run_before_anything_is_freed(
    small_tree: SmallTree, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    (small_tree.root / "repositories/app/_uploads").mkdir()
    path, before = small_tree.root / "repositories" / folder, blobs(small_tree)
    for call in ("listdir", "scandir"):
        monkeypatch.setattr(os, call, failing_at(path, getattr(os, call)))
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        collected(small_tree)
    assert blobs(small_tree) == before
    monkeypatch.undo()
    assert collected(small_tree).blobs > 0
