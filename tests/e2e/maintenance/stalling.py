"""A way to an S3 server on which certain requests are held up until a test lets them go."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from threading import Event
from urllib.parse import urlsplit

from tests.e2e.support.waiting import PATIENCE
from tests.loopback import LoopbackServer, QuietHandler

_OF_THE_CONNECTION = ("connection", "transfer-encoding", "keep-alive")


class Stall(LoopbackServer):
    """The way. Besides, `/begin` calls `begin` and waits until a request is held up, and `/release` lets it go.

    Args:
        endpoint: the server's URL.
        part: requests that write what has this in its path are held up, once `armed` is set.

    Attributes:
        armed: hold requests up.
        held: one is held up.
        released: they may go.
        begin: what makes such a request.
    """

    def __init__(self, endpoint: str, part: str) -> None:
        super().__init__(_Handler)
        self.server_netloc, self.part = urlsplit(endpoint).netloc, part
        self.armed, self.held, self.released = Event(), Event(), Event()
        self.begin: Callable[[], None] = lambda: None


class _Handler(QuietHandler):
    server: Stall
    protocol_version = "HTTP/1.1"

    def _pass(self) -> None:
        stall = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/begin":
            stall.begin()
            assert stall.held.wait(PATIENCE)
        if self.path == "/release":
            stall.released.set()
        if self.path in ("/begin", "/release"):
            self._answer(200, [], b"")
            return
        if self.command == "PUT" and stall.part in self.path and stall.armed.is_set():
            stall.held.set()
            stall.released.wait(PATIENCE)
        connection = http.client.HTTPConnection(stall.server_netloc)
        # As they are, with the host that was signed.
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in _OF_THE_CONNECTION]
        self._answer(answer.status, headers, answer.read())
        connection.close()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() != "content-length" or self.command == "HEAD":
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
