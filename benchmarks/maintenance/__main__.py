"""Measures maintenance in one run on generated registries: `python -m benchmarks.maintenance --help`."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.maintenance import collecting, deleting, growth, listing, memory
from benchmarks.maintenance.commands import regtool
from benchmarks.maintenance.images import BLOBS, pushed_images
from benchmarks.maintenance.plot import svg
from benchmarks.maintenance.pushing import damaged, pushing
from benchmarks.maintenance.trees import TreeWriter
from benchmarks.timing import output
from tests.e2e.maintenance.registries import RunningRegistry, running
from tests.e2e.testbed.provisioner import REGISTRY_LINES, Provisioner

_LARGEST_FOR_CLIENTS = 1000
"""Repositories up to which crane and regctl, a process for each, are waited for."""


class Contest:
    """Trees of one size, with a registry at work on ours, and distribution's collectors with a tree each.

    Args:
        provisioner: has the programs.
        repositories: number of them in each tree.
        folder: an empty one for the trees.
    """

    def __init__(self, provisioner: Provisioner, repositories: int, folder: Path) -> None:
        self._provisioner, self._repositories, self._folder = provisioner, repositories, folder
        self._registry = provisioner.registry(REGISTRY_LINES[-1])
        for name in ("ours", *REGISTRY_LINES):
            (folder / name / "data").mkdir(parents=True)
            TreeWriter(folder / name / "data").write(pushed_images(repositories))

    def measure(self, rounds: int, real: bool) -> Iterator[str]:
        """Compare all, one line each."""
        peers = {f"distribution {line}": self._peer(line) for line in REGISTRY_LINES}
        ours = self._folder / "ours"
        with running(self._registry, ours / "data", ours) as registry:
            if self._repositories <= _LARGEST_FOR_CLIENTS:
                programs = self._provisioner.program("crane"), self._provisioner.program("regctl")
                yield from listing.measure(self._repositories, registry, *programs, rounds)
                yield from deleting.measure(self._repositories, registry, programs[0], rounds)
                TreeWriter(registry.data).write(pushed_images(self._repositories))
            yield from collecting.measure(self._repositories, registry, peers, rounds, real)
        if real:
            yield from self._under_pushes(peers)

    def _peer(self, line: str) -> tuple[Path, Path]:
        folder = self._folder / line
        program = self._provisioner.registry(line)
        with running(program, folder / "data", folder):
            # Its configuration is what counts: the collector has the same storage as a registry at work.
            return program, folder / "config.yml"

    def _under_pushes(self, peers: Mapping[str, tuple[Path, Path]]) -> Iterator[str]:
        """Collect once while clients push garbage anew, each collector beside its own registry."""
        garbage = [pushed for pushed in pushed_images(self._repositories) if not pushed.tag]
        for name in ("ours", *REGISTRY_LINES):
            folder, line = self._folder / name, name if name in REGISTRY_LINES else REGISTRY_LINES[-1]
            TreeWriter(folder / "data").write(garbage)
            with running(self._provisioner.registry(line), folder / "data", folder) as registry:
                with pushing(registry.host, garbage) as pushes:
                    output(self._collector(name, registry, peers))
                harmed = damaged(registry.host, pushes)
            title = "sk" if name == "ours" else f"distribution {name}"
            counts = f"{len(pushes.accepted)} accepted, {len(harmed)} of them damaged; {len(pushes.refused)} refused"
            yield f"  pushes beside a collection by {title}: {counts}"

    def _collector(self, name: str, registry: RunningRegistry, peers: Mapping[str, tuple[Path, Path]]) -> list[str]:
        if name == "ours":
            grace = f"--grace={collecting.GRACE:.0f}s"
            return regtool(registry.data, "garbage-collect", grace, "--metrics", registry.metrics)
        return collecting.distribution(*peers[f"distribution {name}"])


def main() -> None:
    """Compare, or measure memory, and print what was found."""
    options = _options()
    os.environ.setdefault("OTEL_TRACES_EXPORTER", "none")
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        if options.million:
            _measure_memory(folder, options.million // BLOBS, not options.no_real)
            return
        print(f"{options.rounds} rounds in turns, medians with smallest and largest", flush=True)
        for repositories in options.repositories:
            with tempfile.TemporaryDirectory(dir=folder) as trees:
                contest = Contest(Provisioner(), repositories, Path(trees))
                for line in contest.measure(options.rounds, not options.no_real):
                    print(line, flush=True)
        _measure_growth(options, folder)


def _measure_growth(options: argparse.Namespace, folder: Path) -> None:
    if not options.growth:
        return
    curves = growth.measure(options.growth, options.rounds, folder, not options.no_real)
    print("\n".join(growth.table(curves)))
    if options.plot:
        options.plot.write_text(svg(curves), encoding="utf-8")


def _measure_memory(folder: Path, repositories: int, real: bool) -> None:
    interpreter = next(iter(memory.peaks(folder))).memory
    writer = TreeWriter(folder)
    writer.write(pushed_images(repositories))
    budget = memory.bound(writer.blobs, interpreter)
    print(f"{writer.blobs:,} blobs; bound {budget >> 20} MiB, of which the interpreter takes {interpreter >> 20} MiB")
    commands = {name: words for name, words in memory.COMMANDS.items() if real or name != "collect"}
    for peak in memory.peaks(folder, commands):
        print(f"{peak.name}: {peak.memory / 2**20:.0f} MiB, {peak.seconds:.1f} s", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.maintenance", description=__doc__)
    compared, grown = [1000, 10000], [250, 1000, 4000, 10000]
    parser.add_argument(
        "--repositories", type=int, nargs="*", default=compared, metavar="N", help="sizes to compare at"
    )
    parser.add_argument("--growth", type=int, nargs="*", default=grown, metavar="N", help="for the growth")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write the growth as an SVG file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-real", action="store_true", help="leave out all that changes a tree by collecting")
    parser.add_argument("--folder", metavar="DIR", help="for the trees: 1.3 million files at 10,000 repositories")
    parser.add_argument(
        "--million",
        nargs="?",
        type=int,
        const=memory.MILLION,
        metavar="BLOBS",
        help="measure memory alone, on a million blobs: 6 million files",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
