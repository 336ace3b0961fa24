"""One bad entry ends no run, and the only copy of a blob is never given up unseen."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from solakube_regtool.collect.lock import RunLock
from solakube_regtool.collect.trash import Trash
from solakube_regtool.oci import digests
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.workspace import Workspace

from tests.e2e.support.waiting import eventually
from tests.unit.regtool.test_bad_entries import trash
from tests.unit.retention.trees import SmallTree

__all__ = ["trash"]


def test_two_interrupts_at_once_leave_nothing_moved(small_tree: SmallTree) -> None:
    blobs = [small_tree.blob_path(small_tree.blob(str(number).encode())) for number in range(50)]
    time.sleep(1.1)
    # Without metrics it waits for a second with all blobs moved away.
    command = [sys.executable, "-m", "solakube_regtool", "--data", str(small_tree.data), "garbage-collect"]
    options = ["--grace", "1s", "--untagged-grace", "1s"]
    workspace = Workspace(Tree(str(small_tree.data)))
    with subprocess.Popen([*command, *options], start_new_session=True, stderr=subprocess.DEVNULL) as process:
        moved = Path(workspace.trash)
        eventually(lambda: len(list(moved.glob("*"))) == len(blobs), "all is moved away", pause=0.002)
        # As a terminal does, to all processes of the group.
        os.killpg(process.pid, signal.SIGINT)
        os.killpg(process.pid, signal.SIGINT)
    assert process.returncode != 0
    eventually(lambda: all(blob.exists() for blob in blobs), "all is put back", pause=0.01)
    lock = RunLock(workspace)
    lock.take(patience=60)
    lock.release()
    assert Trash(Tree(str(small_tree.data)), workspace).entries() == []


def open_files(process: int) -> list[str]:
    """The paths of the files that a process has open."""
    found = []
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(str(descriptor.readlink()))
    return found


def test_a_rescue_waits_for_the_lock_of_a_process_that_is_dying(small_tree: SmallTree, trash: Trash) -> None:
    key = digests.parse(small_tree.blob(b"content"))
    assert trash.move(key)
    workspace = Workspace(Tree(str(small_tree.data)))
    lock = RunLock(workspace)
    lock.take()
    program = (
        "from solakube_regtool.collect.run import recover; from solakube_regtool.storage.tree import Tree; import sys;"
        "print('begun', flush=True); recover(Tree(sys.argv[1]), patience=60)"
    )
    command = [sys.executable, "-c", program, str(small_tree.data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as rescuer:
        assert rescuer.stdout is not None
        assert rescuer.stdout.readline() == "begun\n"
        eventually(lambda: workspace.lock in open_files(rescuer.pid), "it asks for the lock", pause=0.01)
        assert trash.entries() == [key]
        lock.abandon()
    assert rescuer.returncode == 0
    assert trash.entries() == []
