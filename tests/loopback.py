"""Real HTTP servers on this machine's loopback address, for as long as a test wants them."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TypeVar

_POLL = 0.005
"""Seconds that the end of a server may take: `serve_forever` looks so often whether it is to end."""


class QuietHandler(BaseHTTPRequestHandler):
    """Says nothing of the requests that it answers."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class LoopbackServer(ThreadingHTTPServer):
    """Listens on a free port; a test's server keeps in its attributes what its handler needs or has seen.

    Args:
        handler: answers the requests.
    """

    # A connection that a client keeps open must not keep the test from its end.
    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)

    def server_bind(self) -> None:
        """Bind, without looking for a name of the address: that would ask a name server."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    @property
    def host(self) -> str:
        """HOST:PORT."""
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        """Its address for plain HTTP."""
        return f"http://{self.host}"


S = TypeVar("S", bound=LoopbackServer)


@contextmanager
def serving(server: S) -> Iterator[S]:
    """Serve while the context lasts."""
    with server:
        thread = Thread(target=server.serve_forever, args=(_POLL,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
