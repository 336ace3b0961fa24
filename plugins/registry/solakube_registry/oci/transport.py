"""One HTTP connection to a registry: basic authentication, own certificate authorities, plain errors."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from solakube_regtool.registry_api.transport import cause

from solakube_core.errors import SolakubeError
from solakube_core.model import Address

TIMEOUT = 60.0
"""Seconds without any progress after which a request is given up."""


@dataclass(frozen=True)
class Login:
    """Who asks. An empty user name means nobody: no credentials are sent."""

    username: str = ""
    password: str = field(default="", repr=False)

    def header(self) -> dict[str, str]:
        """Return the header of HTTP basic authentication (RFC 7617)."""
        if not self.username:
            return {}
        pair = f"{self.username}:{self.password}".encode()
        return {"Authorization": "Basic " + base64.b64encode(pair).decode()}


@dataclass(frozen=True)
class Answer:
    """What the registry sent back.

    Attributes:
        status: the HTTP status.
        headers: by name in lower case.
        body: everything after the headers.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def explanation(self) -> str:
        """The registry's own words for a failure, "" where it gave none (distribution spec, "Error Codes")."""
        try:
            errors = json.loads(self.body)["errors"]
            return "; ".join(f"{error['code']}: {error['message']}" for error in errors)
        except (ValueError, KeyError, TypeError):
            return ""


class Unreachable(SolakubeError):
    """The registry did not answer at all."""


class Transport:
    """A connection that is kept open between requests. Not for several threads at once."""

    def __init__(self, address: Address, login: Login, timeout: float = TIMEOUT) -> None:
        self._address = address
        self._login = login
        self._connection = _connection(address, timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def request(self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Send one request and read the whole answer.

        Args:
            target: path and query, such as "/v2/".

        Raises:
            Unreachable: there is no connection, or it broke.
        """
        sent = {**self._login.header(), **(headers or {})}
        try:
            try:
                return self._exchange(method, target, body, sent)
            except ConnectionError:
                # A server may close an idle connection at any time; only a second failure tells something.
                self._connection.close()
                return self._exchange(method, target, body, sent)
        except (OSError, http.client.HTTPException) as error:
            # The connection is in an unknown state; http.client opens a new one for the next request.
            self._connection.close()
            raise Unreachable(f"{self._address.url} does not answer", cause(error), _remedy(error)) from error

    def _exchange(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self._connection.request(method, target, body or None, dict(headers))
        response = self._connection.getresponse()
        answered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, answered, response.read())


def _connection(address: Address, timeout: float) -> http.client.HTTPConnection:
    parts = urlsplit(address.url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=address.trust())
    return http.client.HTTPConnection(host, parts.port, timeout=timeout)


def _remedy(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "`sk registry trust` tells how to trust the registry's certificate authority"
    if isinstance(error, socket.gaierror):
        return "give the name an address in the DNS or in /etc/hosts, or go through `sk registry forward`"
    return "`sk status registry` tells whether the registry runs; `sk registry forward` leads to it from here"
