"""What is told of use that no push or pull accounts for, and of links that cannot be watched."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from solakube_regtool.collect.report import Options
from solakube_regtool.collect.run import collect
from solakube_regtool.commands.garbage_collect import summary
from solakube_regtool.storage.tree import Tree

from tests.unit.regtool.collecting import age, another_user
from tests.unit.retention.trees import SmallTree

NOW = Options(grace=0, settle=0, wait=False, untagged_grace=0)


@pytest.fixture
def watched() -> Iterator[SmallTree]:
    """A tree that other users may reach, on a volume that keeps access times."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield SmallTree(Path(folder) / "data")


def all_read(tree: SmallTree) -> None:
    """Read every link, as a backup does, at a moment after its last change."""
    for link in tree.root.rglob("link"):
        os.utime(link, ns=(link.stat().st_ctime_ns + 10**12, link.stat().st_mtime_ns))


@pytest.mark.parametrize(("read", "count"), [(True, 30), (True, 3), (False, 30)])
def test_reads_of_all_that_nothing_needs_are_told_from_use(watched: SmallTree, read: bool, count: int) -> None:
    for number in range(count):
        watched.image("team/app", "", [b"layer %d" % number])
    age(watched)
    if read:
        all_read(watched)
    report = collect(Tree(str(watched.data)), replace(NOW, dry_run=True))
    assert ("something else reads the registry's files" in report.explain()) == (read and count > 20)


def _dated(tree: SmallTree, year: int, only_read: bool) -> None:
    """Give all that is there the times of another year, as a wrong clock or a careless copy does."""
    moment = int(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 10**9)
    for path in tree.root.rglob("*"):
        os.utime(path, ns=(moment, path.stat().st_mtime_ns if only_read else moment))


@pytest.mark.parametrize(("year", "only_read"), [(1960, False), (1960, True), (2090, True), (9999, True)])
def test_reads_that_no_clock_tells_postpone_a_collection_once(watched: SmallTree, year: int, only_read: bool) -> None:
    watched.image("team/app", "", [b"one"])
    age(watched)
    _dated(watched, year, only_read)
    tree = Tree(str(watched.data))
    collect(tree, NOW)
    collect(tree, NOW)
    assert list(tree.blob_keys()) == []


def test_what_was_pushed_in_the_future_stays_and_that_is_told(watched: SmallTree) -> None:
    watched.image("team/app", "", [b"one"])
    _dated(watched, 2090, only_read=False)
    tree = Tree(str(watched.data))
    before = sorted(tree.blob_keys())
    assert "pushed lately" in summary(collect(tree, NOW), "1h")
    assert sorted(tree.blob_keys()) == before


def open_to_all(tree: SmallTree) -> None:
    """Let every user move what is there, but not set the times of what belongs to root."""
    for folder, _, _ in os.walk(tree.data.parent):
        Path(folder).chmod(0o777)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand files to another user")
@pytest.mark.parametrize("wait", [False, True])
def test_where_links_cannot_be_marked_a_day_is_said(watched: SmallTree, wait: bool) -> None:
    watched.image("team/app", "", [b"one"])
    blobs = list(Tree(str(watched.data)).blob_keys())
    open_to_all(watched)
    with another_user():
        report = collect(Tree(str(watched.data)), replace(NOW, wait=wait))
    told = summary(report, "1h")
    assert (report.blobs, report.postponed, report.unarmed) == (0, len(blobs), len(blobs))
    assert "a run a day from now can free them" in told
    assert "belong to another user and could not be marked" in told
    report = collect(Tree(str(watched.data)), NOW)
    assert report.unarmed == 0
    assert "could not be marked" not in summary(report, "1h")
