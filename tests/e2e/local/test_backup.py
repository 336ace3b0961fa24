"""A registry on one machine, backed up, proven, lost and brought back, as its owner does it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from tests.e2e.local.machine import Machine
from tests.walking import walk


def listed(machine: Machine, target: Path) -> list[str]:
    return [
        item["state"]
        for item in json.loads(machine.sk("registry", "backup", "list", str(target), "-o", "json").ok())["items"]
    ]


def test_a_lost_registry_comes_back_from_a_proven_backup(machine_3: Machine) -> None:
    target = machine_3.home / "backup"
    machine_3.deploy()
    machine_3.push("team/app:1", {"one": os.urandom(100_000)})
    machine_3.push("team/app:2", {"two": os.urandom(100_000)})
    assert "copied 6 blobs" in machine_3.sk("registry", "backup", str(target)).ok()
    machine_3.push("new:1", {"new": b"new"})
    assert "copied 3 blobs" in machine_3.sk("registry", "backup", str(target), "--keep", "2").ok()
    assert listed(machine_3, target) == ["not proven", "not proven"]
    assert "3 tags, 0 of them damaged" in machine_3.sk("registry", "backup", "verify", str(target), "--deep").ok()
    assert listed(machine_3, target) == ["not proven", "proven"]
    assert "backup: " in machine_3.sk("status", "registry").ok()

    machine_3.sk("undeploy", "registry", "--delete-data", "--yes").ok()
    machine_3.deploy()
    assert machine_3.sk("registry", "list").ok() == ""
    machine_3.sk("registry", "restore", str(target), "team/app:1").ok()
    assert machine_3.pulls("team/app:1")
    assert not machine_3.pulls("team/app:2")
    machine_3.sk("registry", "restore", str(target)).ok()
    assert all(map(machine_3.pulls, ("team/app:1", "team/app:2", "new:1")))
    machine_3.sk("registry", "backup", "prune", str(target), "--keep", "1", "--yes").ok()
    assert listed(machine_3, target) == ["proven"]


def test_a_backup_that_has_lost_something_is_not_proven(machine_3: Machine) -> None:
    target = machine_3.home / "backup"
    machine_3.deploy()
    machine_3.push("app:1", {"file": b"content"})
    machine_3.sk("registry", "backup", str(target)).ok()
    largest = max((target / "docker/registry/v2/blobs").rglob("data"), key=lambda path: path.stat().st_size)
    shutil.rmtree(largest.parent)
    told = machine_3.sk("registry", "backup", "verify", str(target))
    assert (told.exit_code, "app:1: " in told.stdout) == (1, True)
    assert listed(machine_3, target) == ["1 tag damaged"]
    machine_3.sk("registry", "backup", str(target)).ok()
    machine_3.sk("registry", "backup", "verify", str(target)).ok()
    assert listed(machine_3, target) == ["1 tag damaged", "proven"]


def test_what_another_program_restored_is_brought_to_the_moment_before_it_copied(machine_3: Machine) -> None:
    copy = machine_3.home / "copy"
    machine_3.deploy()
    machine_3.push("app:moved", {"file": b"before"})
    machine_3.sk("registry", "hold", "nightly", "--for", "2h").ok()

    def meanwhile(folder: str) -> None:
        if folder == "docker/registry/v2/repositories":
            machine_3.push("app:moved", {"file": b"since"})
            machine_3.push("app:new", {"file": b"new"})

    assert walk(machine_3.data, copy, meanwhile) == []
    machine_3.sk("registry", "hold", "nightly", "--end").ok()
    machine_3.sk("undeploy", "registry", "--yes").ok()
    shutil.rmtree(machine_3.data / "docker")
    shutil.move(copy / "docker", machine_3.data)
    machine_3.deploy()
    assert not machine_3.pulls("app:moved")
    told = machine_3.sk("status", "registry")
    assert (told.exit_code, "restore-check is to be run" in told.stdout) == (1, True)
    planned = json.loads(machine_3.sk("registry", "restore-check", "--dry-run", "-o", "json").ok())
    assert {row["image"]: row["done"] for row in planned["items"]} == {
        "app:moved": "would be set",
        "app:new": "would be put away",
    }
    assert "Change 2 tags?" in machine_3.sk("registry", "restore-check").stderr
    assert not machine_3.pulls("app:moved")
    done = machine_3.sk("registry", "restore-check", "--yes", "-o", "table").ok()
    assert done.endswith("\n0 tags as in the list, 1 set, 1 put away, 0 damaged\n")
    assert machine_3.pulls("app:moved")
    assert machine_3.sk("registry", "list", "app").ok() == "moved\n"
    assert "restore-check: " in machine_3.sk("status", "registry").ok()
