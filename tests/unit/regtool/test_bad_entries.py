"""One bad entry ends no run, and the only copy of a blob is never given up unseen."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from solakube_regtool.cli import main
from solakube_regtool.collect import run
from solakube_regtool.collect.guard import guarded
from solakube_regtool.collect.lock import BusyError, RunLock
from solakube_regtool.collect.trash import Trash
from solakube_regtool.oci import digests
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.workspace import Workspace

from tests.unit.regtool.collecting import another_user, collected, metrics_page
from tests.unit.retention.trees import SmallTree

AT_ONCE = ("--grace", "0s", "--untagged-grace", "0s")


def collect(tree: SmallTree, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    """Collect with no grace at all; returns the exit code and all that is told."""
    code = main(["--data", str(tree.data), "garbage-collect", *AT_ONCE, *options])
    told = capsys.readouterr()
    return code, told.out + told.err


@pytest.fixture
def trash(small_tree: SmallTree) -> Trash:
    workspace = Workspace(Tree(str(small_tree.data)))
    workspace.prepare()
    return Trash(Tree(str(small_tree.data)), workspace)


@pytest.mark.parametrize(
    ("left", "goes_back"),
    [
        ({}, True),
        ({"data.7f3e.tmp": b"content"}, True),
        ({"data": b""}, True),
        ({"data": b"con"}, True),
        ({"data": b"CONTENT"}, True),
        ({"data": b"content"}, False),
    ],
)
def test_a_blob_goes_back_unless_it_is_there_whole(
    small_tree: SmallTree, trash: Trash, left: dict[str, bytes], goes_back: bool
) -> None:
    digest = small_tree.blob(b"content")
    key = digests.parse(digest)
    assert trash.move(key)
    home = small_tree.blob_path(digest).parent
    home.mkdir()
    for name, content in left.items():
        (home / name).write_bytes(content)
    assert trash.put_back(key) == goes_back
    assert small_tree.blob_path(digest).read_bytes() == b"content"
    assert trash.entries() == []


def not_movable(blob: Path) -> Callable[[], object]:
    """Have the folder above a blob's belong to root."""
    os.chown(blob.parent.parent, 0, 0)
    blob.parent.parent.chmod(0o755)
    return lambda: None


def not_deletable(blob: Path) -> Callable[[], object]:
    """Have a blob's folder belong to root."""
    os.chown(blob.parent, 0, 0)
    blob.parent.chmod(0o755)
    return lambda: None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand files to another user")
@pytest.mark.parametrize("spoil", [not_movable, not_deletable])
def test_what_cannot_be_moved_or_deleted_is_named_and_the_rest_is_freed(
    small_tree: SmallTree, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], object]
) -> None:
    assert collect(small_tree, capsys)[0] == 0
    # Each in a folder of its own, above which nothing else is.
    by_prefix = {hashlib.sha256(content).hexdigest()[:2]: content for content in map(str.encode, map(str, range(100)))}
    blobs = [small_tree.blob_path(small_tree.blob(content)) for content in list(by_prefix.values())[:20]]
    for path in (small_tree.data, *small_tree.data.rglob("*")):
        os.chown(path, 1000, 1000)
    for parent in small_tree.data.parents:
        parent.chmod(parent.stat().st_mode | 0o011)
    spoil(blobs[7])
    for _ in range(2):
        with another_user():
            code, told = collect(small_tree, capsys)
        assert code == 1
        assert "1 entry could not be moved or deleted, such as /" in told
        assert "Permission denied" in told
    assert sum(blob.exists() for blob in blobs if blob != blobs[7]) == 0


_GETFLAGS, _SETFLAGS, _IMMUTABLE = 0x80086601, 0x40086602, 0x10
"""Linux: FS_IOC_GETFLAGS, FS_IOC_SETFLAGS and FS_IMMUTABLE_FL; `chattr +i`."""


def set_immutable(path: Path, immutable: bool) -> None:
    """Forbid everybody to change an entry, or allow it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        flags = struct.unpack("l", fcntl.ioctl(descriptor, _GETFLAGS, bytes(8)))[0]
        wanted = flags | _IMMUTABLE if immutable else flags & ~_IMMUTABLE
        fcntl.ioctl(descriptor, _SETFLAGS, struct.pack("l", wanted))
    finally:
        os.close(descriptor)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mark entries immutable")
@pytest.mark.parametrize("part", ["the file", "its folder"])
def test_an_immutable_entry_is_named_and_the_rest_is_freed(
    small_tree: SmallTree, capsys: pytest.CaptureFixture[str], part: str
) -> None:
    blobs = [small_tree.blob_path(small_tree.blob(str(number).encode())) for number in range(5)]
    spoilt = blobs[2] if part == "the file" else blobs[2].parent
    set_immutable(spoilt, True)
    try:
        for _ in range(2):
            code, told = collect(small_tree, capsys)
            assert code == 1
            assert "1 entry could not be moved or deleted, such as /" in told
            assert "Operation not permitted" in told
            assert [blob.exists() for blob in blobs if blob != blobs[2]] == [False] * 4
    finally:
        # An immutable file can be moved away with its folder, but not be deleted then.
        for path in small_tree.data.rglob(f"*{blobs[2].parent.name}*"):
            set_immutable(path / "data", False)
            set_immutable(path, False)
    assert collect(small_tree, capsys)[0] == 0
    assert not any(blob.exists() for blob in blobs)


@pytest.mark.parametrize("number", [errno.EIO, errno.EUCLEAN])
@pytest.mark.parametrize("calls", [("os.rename",), ("os.unlink", "shutil.rmtree")])
def test_an_entry_on_a_bad_part_of_the_disk_is_named_and_the_rest_is_freed(
    small_tree: SmallTree, capsys: pytest.CaptureFixture[str], calls: tuple[str, ...], number: int
) -> None:
    blobs = [small_tree.blob_path(small_tree.blob(str(number).encode())) for number in range(5)]
    with contextlib.ExitStack() as failing:
        for call in calls:
            failing.enter_context(mock.patch(call, failing_for(blobs[2].parent.name, call, number)))
        code, told = collect(small_tree, capsys)
    assert code == 1
    assert "1 entry could not be moved or deleted, such as /" in told
    assert os.strerror(number) in told
    assert not any(blob.exists() for blob in blobs if blob != blobs[2])
    assert collect(small_tree, capsys)[0] == 0


def failing_for(name: str, call: str, number: int) -> Callable[..., None]:
    """Make a system call fail for entries of a name, and work for all others."""
    module, _, function = call.partition(".")
    real = getattr({"os": os, "shutil": shutil}[module], function)

    def call_it(path: str, *arguments: Any, **options: Any) -> None:
        if name in path:
            raise OSError(number, os.strerror(number), path)
        real(path, *arguments, **options)

    return call_it


def test_blobs_go_back_before_what_names_them(small_tree: SmallTree, trash: Trash) -> None:
    def document(**named: object) -> str:
        return small_tree.blob(json.dumps({"schemaVersion": 2, **named}).encode())

    layer, config = small_tree.blob(b"\x1f\x8blayer"), small_tree.blob(b'{"os": "linux"}')
    image = document(config={"digest": config}, layers=[{"digest": layer}])
    index = document(manifests=[{"digest": image}])
    outer = document(manifests=[{"digest": index}])
    for digest in (outer, index, image, config, layer):
        assert trash.move(digests.parse(digest))
    order = [digests.text(key) for key in trash.entries()]
    assert sorted(order[:2]) == sorted((layer, config))
    assert order[2:] == [image, index, outer]


def test_a_context_that_ends_badly_is_rescued_and_one_that_ends_well_is_not(tmp_path: Path) -> None:
    for name, error in (("well", None), ("badly", KeyboardInterrupt), ("refused", BusyError("another run is at work"))):
        with contextlib.suppress(KeyboardInterrupt, BusyError), guarded((tmp_path / name).touch, (BusyError,)):
            if error:
                raise error
    assert [path.name for path in tmp_path.iterdir()] == ["badly"]


def test_a_collection_that_was_refused_has_nothing_to_rescue(
    small_tree: SmallTree, trash: Trash, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lock = RunLock(Workspace(Tree(str(small_tree.data))))
    lock.take()
    monkeypatch.setattr(run, "recover", lambda *_, **__: (tmp_path / "rescued").touch())
    with pytest.raises(BusyError):
        run.collect(Tree(str(small_tree.data)))
    lock.release()
    assert not (tmp_path / "rescued").exists()


@pytest.mark.parametrize(
    "options",
    [("--undo", "--dry-run"), ("--undo", "--keep", "1h"), ("--undo", "--wait"), ("--dry-run", "--keep", "1h")],
)
def test_options_that_contradict_do_nothing(
    small_tree: SmallTree, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    digest = small_tree.blob(b"doomed")
    assert collect(small_tree, capsys, "--keep", "1h")[0] == 0
    code, told = collect(small_tree, capsys, *options)
    assert code == 1
    assert f"{options[0]} does not go with {options[1]}" in told
    assert not small_tree.blob_path(digest).exists()


def test_what_is_kept_for_a_while_is_counted_and_goes_with_the_first_collection_after(
    small_tree: SmallTree, capsys: pytest.CaptureFixture[str]
) -> None:
    def usage() -> tuple[int, int]:
        assert main(["--data", str(small_tree.data), "--json", "usage"]) == 0
        total = json.loads(capsys.readouterr().out.splitlines()[-1])
        return total["stored"], total["trash"]

    small_tree.blob(b"doomed")
    assert usage() == (6, 0)
    told = collect(small_tree, capsys, "--keep", "1h")[1]
    assert "the first collection after that frees their space" in told
    assert usage() == (0, 6)
    collect(small_tree, capsys)
    assert usage() == (0, 6)
    (kept,) = small_tree.root.joinpath("_solakube/kept").iterdir()
    kept.rename(kept.with_name("1"))  # Its hour is over.
    assert usage() == (0, 6)
    collect(small_tree, capsys)
    assert usage() == (0, 0)


def test_that_there_is_nothing_to_bring_back_is_no_failed_maintenance(
    small_tree: SmallTree, capsys: pytest.CaptureFixture[str]
) -> None:
    assert collect(small_tree, capsys, "--undo")[0] == 1
    assert main(["--data", str(small_tree.data), "--json", "last-run"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("page", "refused"),
    [
        ("registry_storage_cache_requests_total 4", True),
        ('registry_storage_cache_total{type="Request"} 5', True),
        ("registry_storage_cache_requests_total 0\nregistry_storage_cache_hits_total 0", False),
        ("", False),
    ],
)
def test_a_registry_that_remembers_its_blobs_is_seen_by_its_metrics(
    small_tree: SmallTree, capsys: pytest.CaptureFixture[str], page: str, refused: bool
) -> None:
    small_tree.blob(b"doomed")
    with metrics_page(page) as url:
        code, told = collect(small_tree, capsys, "--metrics", url)
    assert code == int(refused)
    assert ("the registry does not ask its volume" in told) == refused


def test_failures_are_counted_in_the_metrics(small_tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
    assert collect(small_tree, capsys)[0] == 0
    assert main(["--data", str(small_tree.data), "--json", "last-run"]) == 0
    assert json.loads(capsys.readouterr().out)["figures"]["failures"] == 0


def test_a_run_that_is_killed_while_it_frees_leaves_no_manifest_without_its_layers(small_tree: SmallTree) -> None:
    digest = small_tree.image("app", "", [b"one", b"two", b"three"])
    registry = Tree(str(small_tree.data))
    freed: list[str] = []
    empty = Trash.empty

    def kept_in_mind(trash: Trash, key: bytes) -> None:
        freed.append(digests.text(key))
        empty(trash, key)

    with mock.patch.object(Trash, "empty", kept_in_mind):
        collected(small_tree)
    assert freed[0] == digest
    assert len(freed) == 5
    assert list(registry.blob_keys()) == []
