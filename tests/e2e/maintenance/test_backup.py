"""Backups of real registries of both lines, taken while clients push, move and delete tags and collections run."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from solakube_registry.oci import RegistryClient, push_image
from solakube_registry.oci.client import Refused
from solakube_regtool.backup.scratch import lay_out
from solakube_regtool.backup.target import Target
from solakube_regtool.errors import RegtoolError
from solakube_regtool.sources.checking import Check
from solakube_regtool.sources.data import DataSource
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.untag import delete_tag

from tests.e2e.maintenance.by_api import pushing, small_image
from tests.e2e.maintenance.registries import RunningRegistry, collection, regtool, regtool_command

BACKUPS = int(os.environ.get("SOLAKUBE_BACKUPS", "3"))
CLIENTS = 8
REPOSITORIES = ("team/app", "team/web", "other")
FREE = ("garbage-collect", "--grace=1ms", "--undo-period=0", "--wait")


def push(client: RegistryClient, chance: random.Random) -> None:
    """Push an image of new and of common layers under one of few tags, or move one."""
    contents = (f"common {chance.randrange(20)}", f"new {chance.random()}", f"common {chance.randrange(20)}")
    with contextlib.suppress(Refused):
        # On a busy machine it takes longer than the grace period; what was accepted is what counts here.
        push_image(client, chance.choice(REPOSITORIES), str(chance.randrange(5)), small_image(*contents))


def delete(data: Path, chance: random.Random) -> None:
    """Delete a tag, unless it was just moved, or somebody holds deletions."""
    tree = Tree(str(data))
    tags = list(tree.tags(chance.choice(REPOSITORIES)))
    if tags:
        with contextlib.suppress(RegtoolError):
            delete_tag(tree, chance.choice(tags))


@contextlib.contextmanager
def under_load(registry: RunningRegistry) -> Iterator[None]:
    """Clients that push, one who deletes, and collections one after another, until the context ends.

    Raises:
        AssertionError: one of them could not do its work.
    """
    over, failures = threading.Event(), list[Exception]()

    def repeated(work: Callable[[random.Random], object], seed: int) -> None:
        chance = random.Random(seed)
        try:
            while not over.is_set():
                work(chance)
        except Exception as error:
            failures.append(error)

    def client(seed: int) -> None:
        with pushing(registry.host) as pusher:
            repeated(lambda chance: push(pusher, chance), seed)

    def collect(_: random.Random) -> None:
        # It is refused while a backup is taken.
        subprocess.run(collection(registry), capture_output=True, check=False)

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(CLIENTS)]
    threads.append(threading.Thread(target=repeated, args=(lambda chance: delete(registry.data, chance), 99)))
    threads.append(threading.Thread(target=repeated, args=(collect, 98)))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert failures == []


def faults(data: Path) -> list[str]:
    """What is wrong with the tags of a registry's data."""
    source = DataSource(Tree(str(data)))
    check = Check(source, deep=True)
    names = ((name, tag) for name in source.repositories() for tag in source.tag_names(name))
    return [fault for name in names if (found := check.look_at(name)) for fault in found.faults]


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
