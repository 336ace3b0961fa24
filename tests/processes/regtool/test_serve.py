"""The program that stays up beside the registry."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from solakube_regtool.cli import main
from solakube_regtool.collect.trash import Trash
from solakube_regtool.oci import digests
from solakube_regtool.s3.address import Address
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.workspace import Workspace

from tests.model.distribution import Distribution, digest_of


def test_it_begins_by_putting_back_what_a_killed_collection_had_moved(tmp_path: Path) -> None:
    for _ in Distribution(str(tmp_path), in_place=False).upload("app", b"layer"):
        pass
    tree, key = Tree(str(tmp_path)), digests.parse(f"sha256:{digest_of(b'layer')}")
    workspace = Workspace(tree)
    workspace.prepare()
    assert Trash(tree, workspace).move(key)
    assert tree.blob_size(key) is None

    command = [sys.executable, "-m", "solakube_regtool", "--data", str(tmp_path), "serve"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = [process.stderr.readline(), process.stderr.readline()]
        process.terminate()
    assert told == ["put back 1 blob that a killed collection had moved\n", "ready\n"]
    assert process.returncode == 0
    assert tree.blob_size(key) == len(b"layer")


def test_a_bucket_takes_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    """A pod that is not asked what its registry does would hold all collections up, or be lost sight of."""
    assert main([f"--bucket={Address('images').written()}", "serve"]) == 1
    told = capsys.readouterr().err
    assert "a registry's bucket is not served without --listen" in told
    assert "add --listen [HOST]:PORT" in told
