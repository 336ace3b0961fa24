"""Who listens on a port."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from solakube_core.local.machine.ports import answers, holder, is_free, obstacle


def test_a_port_in_use_is_told_with_its_user() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        assert answers(port)
        assert holder(port).startswith(f"process {os.getpid()}: ")
        assert "python" in holder(port)
    assert is_free(port)
    assert not answers(port)


def test_a_port_in_use_on_all_addresses_is_not_free() -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        assert holder(port).startswith(f"process {os.getpid()}: ")


def test_a_port_that_nobody_uses_has_no_user() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert holder(port) == "a process that does not show itself"


@pytest.mark.skipif(
    os.geteuid() != 0 or int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) < 1024,
    reason="only root can be another user, and this machine may let all have low ports",
)
@pytest.mark.parametrize("port", [80, 443, 1000])
def test_a_port_of_roots_is_not_permitted_to_others_and_not_taken(port: int) -> None:
    os.seteuid(65534)
    try:
        assert obstacle(port) == errno.EACCES
    finally:
        os.seteuid(0)


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    assert obstacle(5000, "192.0.2.1") == errno.EADDRNOTAVAIL
