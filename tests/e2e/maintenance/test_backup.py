"""Backups of real registries of both lines, taken while clients push, move and delete tags and collections run."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import shutil
import subprocess
from pathlib import Path

from solakube_registry.oci import push_image
from solakube_regtool.backup.scratch import lay_out
from solakube_regtool.backup.target import Target
from solakube_regtool.storage.tree import Tree

from tests.e2e.maintenance.by_api import pushing, small_image
from tests.e2e.maintenance.churn import faults, under_load
from tests.e2e.maintenance.registries import RunningRegistry, regtool, regtool_command

BACKUPS = int(os.environ.get("SOLAKUBE_BACKUPS", "3"))
FREE = ("garbage-collect", "--grace=1ms", "--undo-period=0", "--wait")


def test_each_backup_under_load_is_whole_whatever_was_killed_before(
    running_registry: RunningRegistry, tmp_path: Path
) -> None:
    target, chance = Target(str(tmp_path / "target")), random.Random(0)
    command = regtool_command(running_registry, "backup", target.folder)
    stable: dict[str, int] = {}
    with pushing(running_registry.host) as pusher, under_load(running_registry):
        for number in itertools.count():
            push_image(pusher, "stable", str(number), small_image(f"stable {number}"))
            if number % 3 == 2:
                with subprocess.Popen(command, stdout=subprocess.DEVNULL) as killed:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        killed.wait(chance.random())
                    killed.kill()
                continue
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            stable[json.loads(done.stdout.splitlines()[-1])["name"]] = number
            if len(stable) == BACKUPS:
                break
    for moment in target.names():
        scratch = tmp_path / "scratch"
        lay_out(target, moment, str(scratch))
        assert faults(scratch) == []
        if moment in stable:
            tags = {tag.name for tag in Tree(str(scratch)).tags("stable")}
            assert tags == {str(number) for number in range(stable[moment] + 1)}
        shutil.rmtree(scratch)
    assert faults(running_registry.data) == []


def test_a_running_registry_gets_back_what_it_lost(running_registry: RunningRegistry, tmp_path: Path) -> None:
    target, image = str(tmp_path / "target"), small_image("one")
    layer = image.blobs[0].digest
    with pushing(running_registry.host) as pusher:
        push_image(pusher, "lost/app", "1", image)
        regtool(running_registry, "backup", target)
        regtool(running_registry, "delete", "lost/app:1")
        regtool(running_registry, *FREE, "--metrics", running_registry.metrics)
        assert not pusher.has_blob("lost/app", layer)
        with under_load(running_registry):
            regtool(running_registry, "restore", target, "lost/app:1")
        assert pusher.manifest("lost/app", "1").data == image.manifest.data
        assert pusher.has_blob("lost/app", layer)
