"""A registry, a folder for its backups, and the program on both."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from solakube_regtool.backup import restoring, taking
from solakube_regtool.backup.keeping import latest
from solakube_regtool.backup.origin import opened_tree
from solakube_regtool.backup.target import Target
from solakube_regtool.cli import main
from solakube_regtool.collect.holding import deletions_held
from solakube_regtool.storage.tree import Tree

from tests.unit.regtool.children import exit_code
from tests.unit.regtool.collecting import age
from tests.unit.retention.trees import SmallTree


def run_killed(command: str, data: Tree, folder: Target, steps: int) -> None:
    """Do what the command does, and kill this process after so many steps."""

    def step(_: str) -> None:
        nonlocal steps
        steps -= 1
        if steps < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if command == "take":
        taking.take(lambda _: opened_tree(data, deletions_held(data, "backup")), folder, step)
    elif command == "prune":
        taking.prune(folder, latest(1), step)
    else:
        wanted = restoring.select(folder, None, None)
        list(restoring.restore(data, folder.tree, wanted, step))


class Backups:
    """A registry, a folder for its backups, and the program on both."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.registry = SmallTree(folder / "data")
        self.target = SmallTree(folder / "target")
        shutil.rmtree(folder / "target")
        self.empty = folder / "empty"
        self.empty.mkdir()
        self._capsys = capsys

    def on(self, data: Path, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        assert main(["--data", str(data), "--json", *arguments]) == code
        records = [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]
        return [record for record in records if record["type"] != "progress"]

    def __call__(self, command: str, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        return self.on(self.registry.data, command, str(self.target.data), *arguments, code=code)

    def take(self, *arguments: str) -> dict[str, Any]:
        time.sleep(0.001)
        return self("backup", *arguments)[0]

    def moments(self) -> list[str]:
        return [record["name"] for record in self("backup-list")]

    def restore(self, *arguments: str, data: Path | None = None, code: int = 0) -> list[dict[str, Any]]:
        """Restore into an empty folder, unless told otherwise."""
        return self.on(data or self.empty, "restore", str(self.target.data), *arguments, code=code)

    def whole(self, data: Path) -> dict[str, str]:
        """Check every tag of a registry's data; gives their digests."""
        checked = self.on(data, "fsck", "--deep")
        assert checked[-1]["damaged"] == 0
        return {f"{tag['repository']}:{tag['name']}": tag["digest"] for tag in self.on(data, "list", "--tags")}

    def killed(self, command: str, data: Path, steps: int) -> bool:
        """Kill it after so many steps; tells whether it had not ended by then."""
        code = exit_code(lambda: run_killed(command, Tree(str(data)), Target(str(self.target.data)), steps))
        assert code in (0, -signal.SIGKILL)
        return code != 0


class SmallTreeAt(SmallTree):
    """A tree that is there already."""

    def __init__(self, data: Path) -> None:
        self.data, self.root = data, data / "docker/registry/v2"


@pytest.fixture
def backups(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backups:
    """Of a registry with two repositories, which share a layer."""
    made = Backups(tmp_path, capsys)
    made.registry.whole_image("team/app", "1", [b"shared", b"one"])
    made.registry.whole_image("team/app", "2", [b"shared", b"two"])
    made.registry.whole_image("other", "1", [b"shared", b"other"])
    age(made.registry)
    return made
