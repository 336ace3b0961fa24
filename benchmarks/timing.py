"""Timing whole commands, in turns, so that a machine whose speed drifts slows both sides alike."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Action = Callable[[], None]


@dataclass
class Side:
    """One of two things that are compared.

    Attributes:
        name: for the report.
        act: what is timed.
        before: what is done before each round, untimed.
        seconds: what each round took.
    """

    name: str
    act: Action
    before: Action = lambda: None
    seconds: list[float] = field(default_factory=list)

    def round(self) -> None:
        """Run one round."""
        self.before()
        start = time.perf_counter()
        self.act()
        self.seconds.append(time.perf_counter() - start)

    @property
    def median(self) -> float:
        """Median of the rounds, in seconds."""
        return statistics.median(self.seconds)


def compare(title: str, ours: Side, peer: Side, rounds: int) -> str:
    """Run both sides in turns and return one line: medians, and how many times faster ours is."""
    for _ in range(rounds):
        ours.round()
        peer.round()
    return (
        f"{title}: {ours.name} {_span(ours)}, {peer.name} {_span(peer)}"
        f" -> {peer.median / ours.median:.2f} times as fast"
    )


def _span(side: Side) -> str:
    return f"{side.median:.3f} s ({min(side.seconds):.3f}-{max(side.seconds):.3f})"


def command(arguments: Sequence[str], environment: Mapping[str, str]) -> Action:
    """Return a function that runs a command and fails loudly when it fails."""

    def act() -> None:
        done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")

    return act
