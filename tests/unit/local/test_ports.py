"""Who listens on a port."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from solakube_core.local.keep.waiting import trouble
from solakube_core.local.machine.ports import answers, holder, is_free, obstacle
from solakube_core.local.machine.processes import mark
from solakube_core.local.state.records import Job, Running


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


def hangs_up(connection: socket.socket) -> None:
    connection.close()


def resets(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def greets(connection: socket.socket) -> None:
    connection.sendall(b"220 ready")


def listens(connection: socket.socket) -> None:
    connection.recv(1)


@contextlib.contextmanager
def taking(treat: Callable[[socket.socket], None], held: threading.Event | None = None) -> Iterator[int]:
    """Serve one connection on a port of its own; where `held` is given, it is treated once that is set."""

    def serve() -> None:
        kept.append(server.accept()[0])
        if held:
            held.wait()
        treat(kept[0])

    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join()
        kept[0].close()


@pytest.mark.parametrize("treat", [hangs_up, resets])
def test_a_proxy_that_reaches_no_program_is_no_answer(treat: Callable[[socket.socket], None]) -> None:
    with taking(treat) as port:
        assert not answers(port, proxied=True)
    # What becomes of a connection afterwards does not matter to whoever asks without a proxy between.
    over = threading.Event()
    with taking(treat, over) as port:
        assert answers(port)
        over.set()


@pytest.mark.parametrize("treat", [greets, listens])
def test_a_program_behind_a_proxy_answers_whoever_speaks_first(treat: Callable[[socket.socket], None]) -> None:
    with taking(treat) as port:
        assert answers(port, proxied=True)


@pytest.mark.parametrize("at", [0, 1])
def test_who_has_the_port_of_a_service_that_does_not_run_is_told(at: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("127.0.0.1", 0)) as other:
        taken, free = server.getsockname()[1], other.getsockname()[1]
        other.close()
        ports = (taken, free) if at == 0 else (free, taken)
        job = Job("cache", ("cache",), {}, (), (), "a cache", ports, "1")
        why = trouble(job, Running("1", None, 0, ended="ended with exit code 1"))
        assert why.startswith(f"ended with exit code 1; port {taken} is taken by process {os.getpid()}: ")
    assert trouble(job, Running("1", None, 0)) == "not running"


def test_what_is_no_host_does_not_answer() -> None:
    assert not answers(5000, "a" * 5000)


@pytest.mark.parametrize("cleanup", [(), ("docker", "rm", "cache")])
def test_a_service_in_a_container_listens_once_its_program_does(cleanup: tuple[str, ...]) -> None:
    with taking(hangs_up) as port:
        job = Job("cache", ("cache",), {}, cleanup, (), "a cache", (port,), "1")
        why = trouble(job, Running("1", mark(os.getpid()), 0))
    assert why == (f"it does not listen on port {port} yet" if cleanup else "")
