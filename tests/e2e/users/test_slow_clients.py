"""Clients that take a layer and stop reading: they take the proxy neither over its memory nor from others.

A few of them tell what all would take: a thousand would use up what the machine has for sockets.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import http.server
import os
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from solakube_registry.processes.proxy import MEMORY_MIB, in_pod, proxy_config

from tests.e2e.local.machine import free_ports
from tests.e2e.maintenance.registries import await_answer
from tests.e2e.support.waiting import PATIENCE, eventually
from tests.e2e.testbed.process import run
from tests.e2e.users.conftest import Fronted
from tests.e2e.users.fronts import PASSWORDS, proxy_at_work
from tests.e2e.users.walk import Client

STALLED = 24
PIPES = 6
PIPE = 1 << 20
_LAYER = PIPE * 3 // 2
"""Larger than a pipe and what a socket of such a client takes: some of it has to wait in the proxy."""
_SEGMENT = 536
"""Bytes: the kernel gives a socket that sends so little at once no more than some 50 KiB."""
_BUFFERS = 6 * 16384
"""Bytes that a connection takes at most: two of each end, two between them, for either direction."""


@pytest.mark.parametrize("program", ["3"], indirect=True)
def test_who_stops_reading_takes_little_memory_and_holds_nobody_up(closed: Fronted, tmp_path: Path) -> None:
    digest = closed.client("ci").push_blob("big", os.urandom(_LAYER))
    own = int(closed.registry.host.rpartition(":")[2])
    with _another_proxy(tmp_path, writer=own + 1, reader=own + 2) as (port, container):
        _pull_and_push(port, digest)
        before = _memory(container)
        path = f"/v2/big/blobs/{digest}"
        with _stalled(port, path, closed.client("web").login()["Authorization"], STALLED):
            eventually(lambda: _large_pipes(container) >= PIPES // 2, "most of the pipes are taken")
            _pull_and_push(port, digest)
            assert _memory(container) - before < STALLED * _BUFFERS
    connections = int(re.findall(r"maxconn (\d+)", proxy_config(False, in_pod()))[0])
    assert before + connections * _BUFFERS < MEMORY_MIB << 20


def test_who_stops_reading_is_hung_up_on_and_who_waits_for_the_registry_is_not(
    proxy_image: str, tmp_path: Path
) -> None:
    hung_up = threading.Event()

    class Registry(http.server.BaseHTTPRequestHandler):
        """Takes longer to check what it got than a client may be silent, and sends without an end."""

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            assert hung_up.wait(PATIENCE)
            self.send_response(201)
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            if self.path != "/":
                with contextlib.suppress(ConnectionError):
                    while self.wfile.write(bytes(1 << 16)):
                        pass
                hung_up.set()

    with _served(Registry) as behind, _another_proxy(tmp_path, behind, behind, silence="1s") as (port, _):
        put = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        put.request("PUT", "/v2/a/blobs/uploads/b", b"all of it")
        with _stalled(port, "/v2/a/blobs/c", "", 1):
            assert hung_up.wait(PATIENCE)
        assert put.getresponse().status == http.client.CREATED
        put.close()


@contextlib.contextmanager
def _another_proxy(folder: Path, writer: int, reader: int, silence: str = "5m") -> Iterator[tuple[int, str]]:
    """Run one more proxy, of few pipes; yields its port and its container."""
    port = free_ports()
    config = proxy_config(False, in_pod(port, reader, writer))
    few = re.sub(r"maxpipes \d+", f"maxpipes {PIPES}", config)
    (folder / "haproxy.cfg").write_text(few.replace("timeout client 5m", f"timeout client {silence}"))
    with proxy_at_work(folder) as container:
        await_answer(f"http://127.0.0.1:{port}/")
        yield port, container


@contextlib.contextmanager
def _served(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


def _pull_and_push(port: int, digest: str) -> None:
    def client(user: str) -> Client:
        return Client(lambda: http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE), user, PASSWORDS[user])

    assert client("web")("GET", f"/v2/big/blobs/{digest}").status == 200
    assert client("ci").push_blob("small", os.urandom(_LAYER))


@contextlib.contextmanager
def _stalled(port: int, path: str, login: str, count: int) -> Iterator[list[socket.socket]]:
    """Ask for a layer as many clients, each of which takes its first bytes alone."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {login}\r\n\r\n"
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(socket.socket()) for _ in range(count)]
        for client in clients:
            client.settimeout(PATIENCE)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT)
            client.connect(("127.0.0.1", port))
            client.sendall(request.encode())
        for client in clients:
            assert client.recv(15).endswith(b" 200 OK")
        yield clients


def _processes(container: str) -> list[Path]:
    return [Path(f"/proc/{pid}") for pid in run(["docker", "top", container, "-o", "pid"]).split()[1:]]


def _memory(container: str) -> int:
    """Return what the proxy's processes have in memory, in bytes."""
    lines = [line for process in _processes(container) for line in (process / "status").read_text().splitlines()]
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS:"))


def _large_pipes(container: str) -> int:
    """Count the proxy's pipes that are as large as is asked for."""
    sizes = {}
    for process in _processes(container):
        for file in (process / "fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                if (name := str(file.readlink())).startswith("pipe:"):
                    with file.open("rb", buffering=0) as pipe:
                        sizes[name] = fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)
    return list(sizes.values()).count(PIPE)
