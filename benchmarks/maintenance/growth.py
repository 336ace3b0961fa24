"""How the time grows with the registry."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.maintenance.commands import regtool
from benchmarks.maintenance.images import pushed_images
from benchmarks.maintenance.memory import COMMANDS
from benchmarks.maintenance.trees import TreeWriter
from benchmarks.timing import Side, command

Curves = Mapping[str, Mapping[int, float]]
"""Of each command: number of repositories to seconds."""


def measure(sizes: Sequence[int], rounds: int, folder: Path, real: bool) -> Curves:
    """Time each command on trees of each size.

    Args:
        sizes: numbers of repositories.
        rounds: of each, of which the median counts; a real collection runs once.
        folder: for the trees, one at a time.
        real: collect, too.
    """
    curves: dict[str, dict[int, float]] = {name: {} for name in COMMANDS if real or name != "collect"}
    for size in sizes:
        with tempfile.TemporaryDirectory(dir=folder) as data:
            TreeWriter(Path(data)).write(pushed_images(size))
            for name in curves:
                side = Side(name, command(regtool(Path(data), *COMMANDS[name])))
                for _ in range(1 if name == "collect" else rounds):
                    side.round()
                curves[name][size] = side.median
    return curves


def table(curves: Curves) -> Iterator[str]:
    """Print the curves: a line for each command, and the exponent of its growth (1 is linear)."""
    sizes = list(next(iter(curves.values())))
    yield " | ".join(["| repositories", *(f"{size:,}" for size in sizes), "exponent |"])
    yield "| --- " * (len(sizes) + 2) + "|"
    for name, curve in curves.items():
        yield " | ".join([f"| {name}", *(f"{curve[size]:.2f} s" for size in sizes), f"{exponent(curve):.2f} |"])


def exponent(curve: Mapping[int, float]) -> float:
    """Fit seconds = constant * size ** exponent by least squares of the logarithms."""
    points = [(math.log(size), math.log(seconds)) for size, seconds in curve.items()]
    x_mean = sum(x for x, _ in points) / len(points)
    y_mean = sum(y for _, y in points) / len(points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / sum((x - x_mean) ** 2 for x, _ in points)
