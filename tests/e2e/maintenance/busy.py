"""A registry that is busy at times, breaks off, and tells referrers, as those of large providers do."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from contextlib import closing

from solakube_registry.oci import Content
from solakube_registry.oci.content import INDEX

from tests.loopback import LoopbackServer, QuietHandler

BIG = 5_000_000
"""Bytes of a blob that breaks off."""


class Front(LoopbackServer):
    """Stands before a registry: each thing is refused at first, the largest blob breaks off once, referrers are told.

    Attributes:
        refused: targets that were refused once.
        broken: blobs that broke off.
    """

    def __init__(self, host: str, referrers: Mapping[str, Content]) -> None:
        super().__init__(_Handler)
        self.registry, self.referrers = host, referrers
        self.refused, self.broken = set[str](), list[str]()


class _Handler(QuietHandler):
    server: Front
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if (key := f"{self.command} {self.path}") not in self.server.refused:
            self.server.refused.add(key)
            self._answer(503 if len(self.server.refused) % 2 else 429, {"Retry-After": "0"}, b"")
            return
        subject = self.path.rpartition("/referrers/")[2]
        if subject != self.path:
            found = [made.descriptor() for name, made in self.server.referrers.items() if name == subject]
            page = {"schemaVersion": 2, "mediaType": INDEX, "manifests": found}
            self._answer(200, {"Content-Type": INDEX}, json.dumps(page).encode())
            return
        connection = http.client.HTTPConnection(self.server.registry)
        with closing(connection):
            connection.request(self.command, self.path, headers={"Accept": self.headers.get("Accept", "*/*")})
            answer = connection.getresponse()
            headers = {
                name: answer.headers[name]
                for name in ("Content-Type", "Docker-Content-Digest")
                if name in answer.headers
            }
            self._answer(answer.status, {**headers, "Content-Length": answer.headers["Content-Length"]}, answer.read())

    do_HEAD = do_GET

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if len(body) > BIG and not self.server.broken:
            self.server.broken.append(self.path)
            self.close_connection = True
            body = body[: BIG // 2]
        self.wfile.write(body)
