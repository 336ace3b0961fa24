"""A network between clients and registry: loopback is faster than any that there is."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.timing import Action
from tests.e2e.testbed.process import run

_NEAR, _FAR = "10.231.7.1", "10.231.7.2"


class Link(NamedTuple):
    """What clients reach the registry by.

    Attributes:
        address: the registry's, where it begins.
        there: has something done where it ends.
    """

    address: str
    there: Callable[[Action], Action]


NONE = Link("127.0.0.1", lambda act: act)
"""Clients are on the same machine."""


@contextmanager
def link(gigabits: float) -> Iterator[Link]:
    """Make a pair of virtual interfaces, one of them in a namespace of its own; both go in the end.

    Args:
        gigabits: so many a second come to its end, at most.
    """
    name, near, far = (f"{kind}{os.getpid()}" for kind in ("sk-bench-", "near", "far"))
    there = ("ip", "netns", "exec", name)
    run(["ip", "netns", "add", name])
    try:
        run(["ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", name])
        run(["ip", "address", "add", f"{_NEAR}/30", "dev", near])
        run(["ip", "link", "set", near, "up"])
        run([*there, "ip", "address", "add", f"{_FAR}/30", "dev", far])
        run([*there, "ip", "link", "set", far, "up"])
        # What may pass is told anew some hundred times a second, so that much must pass at once.
        shape = ("rate", f"{gigabits}gbit", "burst", str(int(gigabits * 1e9 / 8 / 100)), "latency", "50ms")
        run(["tc", "qdisc", "add", "dev", near, "root", "tbf", *shape])
        yield Link(_NEAR, lambda act: _in_namespace(Path("/run/netns", name), act))
    finally:
        run(["ip", "netns", "delete", name])


def _in_namespace(file: Path, act: Action) -> Action:
    """Return a function that does something in a network namespace: each thread has its own, see setns(2)."""

    def enter_and_act() -> None:
        with file.open("rb") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        act()

    def act_there() -> None:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(enter_and_act).result()

    return act_there
