"""What stands in the way of a plan on this machine."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from solakube_core.local.apply import orders
from solakube_core.local.data.folders import Folders
from solakube_core.model import Backend, Plan, Service
from tests.e2e.local.machine import free_ports


def _plan(first: int) -> Plan:
    service = Service("cache", "", ("sh",), "", (), {}, (), first, ("CACHE_PORT",), (first + 1, first + 2))
    return Plan("cache", (), (service,), Backend("cache", "cache", 0, "cache", {}, 0))


def test_ports_with_the_same_user_are_told_together(tmp_path: Path) -> None:
    first = free_ports()
    with ExitStack() as servers:
        for port in (first, first + 2):
            servers.enter_context(socket.create_server(("127.0.0.1", port)))
        (problem,) = orders._port_problems(Folders(tmp_path / "state", tmp_path / "data"), _plan(first))
    assert problem.what == f"ports {first}, {first + 2} of this machine are taken"
    assert "another port by CACHE_PORT" in problem.remedy


@pytest.mark.parametrize(
    ("first", "number", "what", "remedy"),
    [
        (70, errno.EACCES, "ports 70, 71, 72 of this machine are not permitted", "1024 or above by CACHE_PORT"),
        (7000, errno.EADDRNOTAVAIL, "of this machine are not to be had on 127.0.0.1", "an address of this machine"),
        (65535, 0, "ports 65536, 65537 of this machine are out of range", "correct CACHE_PORT"),
    ],
)
def test_each_reason_is_told_as_what_it_is(
    first: int, number: int, what: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the kernel says, for any user and on any machine.
    monkeypatch.setattr(orders, "obstacle", lambda port, host: number)
    (problem,) = orders._port_problems(Folders(tmp_path / "state", tmp_path / "data"), _plan(first))
    assert what in problem.what
    assert remedy in problem.remedy
