"""Whatever lies in the tree, no command fails on it, and nothing that a tag reaches is lost."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from solakube_regtool.alive.owners import reached_by
from solakube_regtool.cli import main
from solakube_regtool.collect.report import Options
from solakube_regtool.collect.run import collect
from solakube_regtool.storage.tree import Tree

from tests.unit.retention.trees import SmallTree

IMAGE = "application/vnd.oci.image.manifest.v1+json"
TAG = "repositories/app/_manifests/tags/1"
COMMANDS = (["list"], ["list", "app"], ["usage"], ["usage", "app"], ["stored"], ["fsck"], ["fsck", "--deep"])


def age(data: Path) -> None:
    """Make everything old, so that no grace period spares it."""
    for folder, _, files in os.walk(data):
        for name in (folder, *(f"{folder}/{file}" for file in files)):
            os.utime(name, (1, 1), follow_symlinks=False)


def run_all(data: Path, outputs: Iterable[str] = ("", "--json")) -> None:
    """Run every command that reads; each ends without a traceback."""
    for command in COMMANDS:
        for output in (word.split() for word in outputs):
            assert main(["--data", str(data), *output, *command]) in (0, 1)


def collected(data: Path) -> int:
    """Look first, then collect everything at once; returns how many oddities were reported."""
    age(data)
    for dry_run in (True, False):
        report = collect(Tree(str(data)), Options(grace=0, settle=0, dry_run=dry_run, wait=False))
    return report.oddities


def blobs(data: Path) -> set[str]:
    return {file.parent.name for file in data.glob("docker/registry/v2/blobs/*/*/*/data")}


def fill(tree: SmallTree) -> None:
    """Two images that share a layer."""
    tree.image("app", "1", [b"common", b"one"])
    tree.image("other/app", "1", [b"common", b"two"])


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


ODDITIES: dict[str, Callable[[Path], object]] = {
    "an empty tag folder": lambda root: (root / TAG).with_name("empty").mkdir(),
    "a tag link without content": lambda root: write((root / TAG).with_name("zero") / "current/link", b""),
    "a tag link with garbage": lambda root: write((root / TAG).with_name("odd") / "current/link", b"\xff\0"),
    "a revision that is no digest": lambda root: write(
        root / "repositories/app/_manifests/revisions/sha256/zzz/link", b""
    ),
    "a foreign file among blobs": lambda root: (root / "blobs/sha256/00/notes").mkdir(parents=True),
    "a foreign file among layers": lambda root: write(root / "repositories/app/_layers/sha256/notes", b"hello"),
}
HARMLESS: dict[str, Callable[[Path], object]] = {
    "an empty repository": lambda root: (root / "repositories/empty/_layers").mkdir(parents=True),
    "an empty folder": lambda root: (root / "repositories/nothing/at/all").mkdir(parents=True),
    "a link to nothing": lambda root: write((root / TAG).with_name("gone") / "current/link", b"sha256:" + b"a" * 64),
    "a symbolic link to itself": lambda root: (root / "repositories/loop").symlink_to(root / "repositories"),
    "a name with odd characters": lambda root: (root / "repositories/Ö b\nc/_layers").mkdir(parents=True),
    "a name that is not UTF-8": lambda root: (root / "repositories" / os.fsdecode(b"\xff") / "_layers").mkdir(
        parents=True
    ),
    "a foreign file": lambda root: write(root / "repositories/README", b"hello"),
}


@pytest.mark.parametrize("oddity", [*ODDITIES, *HARMLESS])
def test_what_is_odd_is_left_alone(small_tree: SmallTree, oddity: str) -> None:
    fill(small_tree)
    before = blobs(small_tree.data)
    (ODDITIES | HARMLESS)[oddity](small_tree.root)
    run_all(small_tree.data)
    assert (collected(small_tree.data) > 0) == (oddity in ODDITIES)
    assert blobs(small_tree.data) == before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"1", b'{"schemaVersion": 2, "mediaType": "a/b"}'])
def test_a_manifest_that_cannot_be_understood_stays_with_what_it_names(small_tree: SmallTree, content: bytes) -> None:
    fill(small_tree)
    digest = small_tree.blob(content)
    write(small_tree.root / f"repositories/app/_manifests/revisions/sha256/{digest[7:]}/link", digest.encode())
    before = blobs(small_tree.data)
    run_all(small_tree.data)
    assert collected(small_tree.data) > 0
    assert blobs(small_tree.data) == before


def test_what_was_pushed_by_another_algorithm_is_not_odd(small_tree: SmallTree) -> None:
    layer = small_tree.blob(b"layer")
    by_sha512 = f"sha512:{hashlib.sha512(b'layer').hexdigest()}"
    described = {"digest": by_sha512, "size": 5}
    document = {"schemaVersion": 2, "mediaType": IMAGE, "config": described, "layers": [described]}
    manifest = small_tree.blob(json.dumps(document).encode())
    links = small_tree.root / "repositories/app"
    write(links / f"_layers/sha512/{by_sha512[7:]}/link", layer.encode())
    write(links / f"_manifests/revisions/sha256/{manifest[7:]}/link", manifest.encode())
    write(links / "_manifests/tags/1/current/link", manifest.encode())
    before = blobs(small_tree.data)
    assert collected(small_tree.data) == 0
    assert blobs(small_tree.data) == before


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


MUTATIONS: dict[str, Callable[[bytes], bytes | None]] = {
    "deleted": lambda content: None,
    "empty": lambda content: b"",
    "truncated": truncated,
    "zeroed": lambda content: bytes(len(content)),
    "garbage": lambda content: os.urandom(len(content)),
}


@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_damaged_file_takes_no_other_tag_along(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        tree = SmallTree(Path(name) / "data")
        fill(tree)
        files = sorted(path for path in tree.root.rglob("*") if path.is_file())
        file = data.draw(st.sampled_from(files))
        content = MUTATIONS[data.draw(st.sampled_from(sorted(MUTATIONS)))](file.read_bytes())
        untouched = "app" if "other" in file.parts else "other/app"
        file.unlink() if content is None else file.write_bytes(content)
        registry = Tree(str(tree.data))
        reached = {key.hex() for tag in registry.tags(untouched) for key in reached_by(registry, tag.digest)}
        wanted = reached & blobs(tree.data)
        run_all(tree.data, [data.draw(st.sampled_from(("", "--json")))])
        collected(tree.data)
        assert wanted <= blobs(tree.data)


@pytest.mark.parametrize("part", ["blobs", "repositories"])
def test_a_part_on_another_volume_loses_nothing_and_the_remedy_is_told(
    small_tree: SmallTree, capsys: pytest.CaptureFixture[str], part: str
) -> None:
    elsewhere = next(
        path for path in map(Path, ("/dev/shm", "/var/tmp")) if path.stat().st_dev != small_tree.root.stat().st_dev
    )
    fill(small_tree)
    small_tree.blob(b"nobody needs it")
    before = blobs(small_tree.data)
    with tempfile.TemporaryDirectory(dir=elsewhere) as volume:
        shutil.move(small_tree.root / part, f"{volume}/{part}")
        (small_tree.root / part).symlink_to(f"{volume}/{part}")
        age(Path(volume))
        command = ["delete", "app:1"] if part == "repositories" else ["garbage-collect", "--grace", "0s"]
        assert main(["--data", str(small_tree.data), *command]) == 1
        assert "blobs and repositories must lie on one volume" in capsys.readouterr().err
        assert blobs(small_tree.data) == before
        assert list(Tree(str(small_tree.data)).tag_names("app")) == ["1"]
