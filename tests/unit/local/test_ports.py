"""Who listens on a port."""

from __future__ import annotations

import os
import socket

from solakube_core.local.ports import answers, holder, is_free


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
