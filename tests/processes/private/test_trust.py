"""What nodes need, as files."""

from __future__ import annotations

import subprocess
from pathlib import Path

from solakube_registry.private.trust.node_files import (
    K3S_REGISTRIES,
    KEEP_REGISTRIES,
    NodeFile,
    as_script,
)


def test_the_script_writes_what_the_files_say(tmp_path: Path) -> None:
    files = (NodeFile(f"{tmp_path}/a/$HOME/one", 'it\'s "$HOME" `x`\n'), NodeFile(f"{tmp_path}/two", "2\n"))
    subprocess.run(["sh", "-c", as_script(files)], check=True)
    for file in files:
        assert Path(file.path).read_text() == file.content


def test_the_script_replaces_no_registries_that_nobody_has_seen(tmp_path: Path) -> None:
    there = tmp_path / "registries.yaml"
    there.write_text("mine")
    guard = KEEP_REGISTRIES.replace(K3S_REGISTRIES, str(there))
    done = subprocess.run(["sh", "-c", as_script((NodeFile(str(there), "ours"),), guard)], capture_output=True)
    assert done.returncode == 1
    assert b"merge by hand" in done.stderr
    assert there.read_text() == "mine"
