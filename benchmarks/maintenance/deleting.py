"""Deleting many tags, against crane."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.maintenance.commands import regtool
from benchmarks.maintenance.images import pushed_images
from benchmarks.maintenance.trees import TreeWriter
from benchmarks.timing import Side, command, compare
from tests.e2e.maintenance.registries import RunningRegistry

TAGS = 1000


def measure(repositories: int, registry: RunningRegistry, crane: Path, rounds: int) -> Iterator[str]:
    """Compare one command that deletes 1,000 tags with 1,000 commands; the tags are put back before each round."""
    tagged = (pushed for pushed in pushed_images(repositories) if pushed.tag)
    doomed = list(islice(tagged, TAGS))

    def put_back() -> None:
        TreeWriter(registry.data).write(doomed)

    def cranes() -> None:
        for pushed in doomed:
            command([str(crane), "delete", f"{registry.host}/{pushed.name}"])()

    ours = Side("sk", command(regtool(registry.data, "delete", *(pushed.name for pushed in doomed))), put_back)
    peer = Side("crane delete", cranes, put_back)
    yield compare(f"delete {len(doomed)} tags of {repositories} repositories", ours, peer, rounds=rounds)
