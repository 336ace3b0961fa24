"""Timing whole commands, in turns, so that a machine whose speed drifts slows all sides alike."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Action = Callable[[], None]


@dataclass
class Side:
    """One of the things that are compared.

    Attributes:
        name: for the report.
        act: what is timed.
        before: what is done before each round, untimed.
        seconds: what each round took.
        processor: seconds of processor time that the commands of each round took, which others' load hardly changes.
    """

    name: str
    act: Action
    before: Action = lambda: None
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def round(self) -> None:
        """Run one round."""
        self.before()
        start, used = time.perf_counter(), _processor_seconds()
        self.act()
        self.seconds.append(time.perf_counter() - start)
        self.processor.append(_processor_seconds() - used)

    @property
    def median(self) -> float:
        """Median of the rounds, in seconds."""
        return statistics.median(self.seconds)


def compare(title: str, ours: Side, *peers: Side, rounds: int) -> str:
    """Run all sides in turns and return one line: medians, and how many times faster than each peer ours is."""
    for _ in range(rounds):
        for side in (ours, *peers):
            side.round()
    against = (f"{_span(peer)} -> {peer.median / ours.median:.2f} times as fast" for peer in peers)
    return f"{title}: {', '.join([_span(ours), *against])}; load {os.getloadavg()[0]:.1f}"


def _span(side: Side) -> str:
    spread = f"{min(side.seconds):.3f}-{max(side.seconds):.3f}"
    return f"{side.name} {side.median:.3f} s ({spread}; processor {statistics.median(side.processor):.3f} s)"


def _processor_seconds() -> float:
    """Return what all commands so far have taken."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def command(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Action:
    """Return a function that runs a command and fails loudly when it fails.

    Args:
        arguments: the program and its arguments.
        environment: its environment, by default this process's.
    """

    def act() -> None:
        output(arguments, environment)

    return act


def output(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Run a command, fail loudly when it fails, and return what it printed."""
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout
