"""Clients that push, move and delete tags of a real registry, beside collections, while something else is tried."""

from __future__ import annotations

import contextlib
import random
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from solakube_registry.oci import RegistryClient, push_image
from solakube_registry.oci.client import Refused
from solakube_regtool.errors import RegtoolError
from solakube_regtool.sources.checking import Check
from solakube_regtool.sources.data import DataSource
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.untag import delete_tag

from tests.e2e.maintenance.by_api import pushing, small_image
from tests.e2e.maintenance.registries import RunningRegistry, collection

CLIENTS = 8
REPOSITORIES = ("team/app", "team/web", "other")


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
