"""What `serve` answers over HTTP: the metrics, and requests to begin what is scheduled.

    GET /metrics        what maintenance did, in Prometheus' text format
    GET /metrics/registry   the registry's own metrics, of whose debug address nothing else is to be seen from outside
    GET /metrics/registry/reader   those of the process that serves pulls, where there is one of its own
    POST /maintenance   runs `maintain` with the body as its standard input; the answer is its output as it comes, and
                        as its last line how it ended
    POST /backup        the same for `backup --scheduled`, into the folder that `serve` was given for that

Only who has the token may ask for these; without a token nobody may. The run is a child process, so that its
memory goes with it, and it ends with the connection: it may be killed at any moment.
"""

from __future__ import annotations

import hmac
import http.server
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus

from solakube_regtool.collect.activity import page_of
from solakube_regtool.errors import RegtoolError
from solakube_regtool.serve import metrics
from solakube_regtool.serve.pages import OF_REGISTRY

MAINTENANCE, BACKUP = "/maintenance", "/backup"
ENDED = "exit code "
"""Begins the last line of the answer, before the number: an answer without it was cut off."""

_LARGEST = 64 << 20
_TIME_LIMIT = 30.0


Page = Callable[[], str | None]
"""Makes a page; None where what it tells of does not answer."""


class Server(http.server.ThreadingHTTPServer):
    """Answers on one address.

    Args:
        address: HOST:PORT; without a host all of this machine's addresses.
        place: the option that names where the images are, and its value: a folder (--data) or a bucket (--bucket).
        maintained: the page of what maintenance did.
        token: who has it may ask for what is scheduled; "" for nobody.
        registry: URLs of the debug addresses of the registry's processes, the one that takes pushes first.
        backup: the folder that backups go to; "" for none.

    Raises:
        OSError: the address cannot be listened on.
    """

    daemon_threads = True

    def __init__(
        self,
        address: str,
        place: Sequence[str],
        maintained: Page,
        token: str,
        registry: Sequence[str],
        backup: str = "",
    ) -> None:
        host, _, port = address.rpartition(":")
        everywhere = not host and socket.has_dualstack_ipv6()
        self.address_family = socket.AF_INET6 if everywhere else socket.AF_INET
        self.token = token
        of_registry = {path: partial(page_of, url) for path, url in zip(OF_REGISTRY, registry)}
        self.pages: dict[str, Page] = {"/metrics": maintained, **of_registry}
        program = (sys.executable, "-m", "solakube_regtool", *place)
        self.commands: dict[str, tuple[str, ...]] = {}
        if token:
            self.commands[MAINTENANCE] = (*program, "maintain", *(f"--metrics={url}" for url in registry[:1]))
        if token and backup:
            self.commands[BACKUP] = (*program, "backup", "--scheduled", "--", backup)
        self.at_work = {path: threading.Lock() for path in self.commands}
        super().__init__((host, int(port)), _Handler)

    def server_bind(self) -> None:
        """Bind, for IPv4 as well where it is for all addresses."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    timeout = _TIME_LIMIT

    def do_GET(self) -> None:
        if self.path not in self.server.pages:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        try:
            page = self.server.pages[self.path]()
        except RegtoolError as error:
            self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR, explain=str(error))
            return
        if page is None:
            self.send_error(HTTPStatus.BAD_GATEWAY, explain="the registry's debug address does not answer")
            return
        text = page.encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", metrics.CONTENT_TYPE)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self) -> None:
        if self.path not in self.server.commands:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        given = self.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.server.token}".encode()):
            self.send_error(HTTPStatus.UNAUTHORIZED)
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LARGEST:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        order = self.rfile.read(int(length))
        at_work = self.server.at_work[self.path]
        if not at_work.acquire(blocking=False):
            self.send_error(HTTPStatus.CONFLICT, explain="a run is at work already")
            return
        try:
            self._run(self.server.commands[self.path], order)
        finally:
            at_work.release()

    def _run(self, command: Sequence[str], order: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(order)
            process.stdin.close()
            for line in process.stdout:
                self.wfile.write(line)
            self.wfile.write(f"{ENDED}{process.wait()}\n".encode())
        except OSError:
            # Nobody listens any more, or the program ended without reading: either way the end is told by its lack.
            self.close_connection = True
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: every scrape would leave a line."""
