"""Collecting garbage, against distribution's own collector."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from benchmarks.maintenance import floor
from benchmarks.maintenance.commands import regtool
from benchmarks.maintenance.images import pushed_images
from benchmarks.maintenance.trees import TreeWriter
from benchmarks.timing import Side, command, compare
from tests.e2e.maintenance.registries import RunningRegistry

GRACE = 1.0
"""Seconds of the grace period: a tree that was just made cannot be dated back."""


def measure(
    repositories: int, ours: RunningRegistry, peers: Mapping[str, tuple[Path, Path]], rounds: int, real: bool
) -> Iterator[str]:
    """Compare dry runs and real runs on trees of the same images; each round begins with all the garbage in place.

    Args:
        repositories: number of them in the trees.
        ours: a registry at work on its own tree, as our collector expects.
        peers: name of a line of distribution to its program and configuration, which has its tree beside it.
        rounds: of each.
        real: compare real runs, too.
    """
    size = f"collect in {repositories} repositories"
    dry = ["garbage-collect", f"--grace={GRACE:.0f}s", "--metrics", ours.metrics]
    sides = [Side("sk", command(regtool(ours.data, *dry, "--dry-run")))]
    sides += [Side(name, command(distribution(*peer, "--dry-run"))) for name, peer in peers.items()]
    sides += [Side("a bare look in Python", command([sys.executable, "-m", floor.__name__, str(ours.data)]))]
    yield compare(f"{size}, dry run", *sides, rounds=rounds)
    if not real:
        return
    garbage = [pushed for pushed in pushed_images(repositories) if not pushed.tag]

    def litter(data: Path) -> None:
        TreeWriter(data).write(garbage)
        time.sleep(GRACE)

    trees = {"sk": ours.data, **{name: config.parent / "data" for name, (_, config) in peers.items()}}
    sides = [Side("sk", command(regtool(ours.data, *dry)), partial(litter, ours.data))]
    sides += [Side(name, command(distribution(*peer)), partial(litter, trees[name])) for name, peer in peers.items()]
    yield compare(f"{size}, real run", *sides, rounds=rounds)
    left = {name: blobs_in(data) for name, data in trees.items()}
    if len(set(left.values())) > 1:
        raise SystemExit(f"the collectors left different blobs: {left}")


def distribution(program: Path, config: Path, *options: str) -> list[str]:
    """Return the command line of distribution's collector, which frees what no tag reaches, as ours does."""
    return [str(program), "garbage-collect", "--delete-untagged", *options, str(config)]


def blobs_in(data: Path) -> int:
    """Count the blobs of a tree."""
    return sum(1 for _ in (data / "docker/registry/v2/blobs/sha256").glob("*/*/data"))
