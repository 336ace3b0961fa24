"""HTTP requests over connections that are kept open, one for each thread and server."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Union
from urllib.parse import SplitResult, urljoin, urlsplit

from solakube_regtool.errors import RegtoolError, Unanswered
from solakube_regtool.http.causes import cause, remedy
from solakube_regtool.http.proxies import proxy_for

TIMEOUT = 60.0
"""Seconds without any progress after which a request is given up."""

LONGEST_ANSWER = 120.0
"""Seconds that an answer which is read as a whole may take: a server may send a byte now and then for ever."""

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of the largest answer that is read as a whole."""

_IDEMPOTENT = ("GET", "HEAD", "PUT", "DELETE")
BUSY = (429, 502, 503, 504)
"""Statuses of a server that may answer otherwise in a moment."""

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
_TRIES = 4
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 30.0
_PIECE = 1 << 16
_LONGEST_SENTENCE = 200

Read = Callable[[http.client.HTTPResponse], bytes]
"""Makes something of an answer's body; called anew when a request is repeated."""

Body = Union[bytes, Iterable[bytes]]
"""What is sent. Pieces can be sent once, and never all of them are in memory."""


class Answer(NamedTuple):
    """What a server sent back.

    Attributes:
        status: the HTTP status.
        headers: by name in lower case; several of one name are joined by commas.
        body: what `Read` made of it, all of it unless told otherwise.
        repeated: it was asked before, and may have done already what it was asked for.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    repeated: bool = False

    def explanation(self) -> str:
        """The server's own words for a failure, "HTTP status 404: NAME_UNKNOWN: ..." (distribution spec)."""
        words = f"HTTP status {self.status}"
        try:
            errors = json.loads(self.body)["errors"]
            return f"{words}: " + "; ".join(f"{error['code']}: {error['message']}" for error in errors)
        except (ValueError, KeyError, TypeError):
            said = self.body.decode(errors="replace").strip()
            # What is no page for a browser is a sentence, such as Go's of a request without TLS.
            is_sentence = said.isprintable() and not said.startswith(("<", "{")) and len(said) <= _LONGEST_SENTENCE
            return f"{words}: {said}" if said and is_sentence else words


def whole(response: http.client.HTTPResponse) -> bytes:
    """Read an answer's body.

    Raises:
        RegtoolError: it is too large to be what was asked for.
    """
    pieces: list[bytes] = []
    length, end = 0, time.monotonic() + LONGEST_ANSWER
    while piece := response.read1(_PIECE):
        pieces.append(piece)
        length += len(piece)
        if length > LARGEST_ANSWER:
            raise RegtoolError("the server's answer is too large", f"more than {LARGEST_ANSWER} bytes")
        if time.monotonic() > end:
            raise RegtoolError("the server's answer does not end", f"it has taken {LONGEST_ANSWER:.0f} s")
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(pieces)


class Transport:
    """Sends requests; any number of threads may share it.

    Args:
        trust: makes what tells whose certificates are trusted.
    """

    def __init__(self, trust: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> None:
        self._make_trust = trust
        self._mine = threading.local()
        self._all: list[http.client.HTTPConnection] = []
        self._trust: ssl.SSLContext | None = None

    def close(self) -> None:
        """Close all connections; no request may be under way."""
        for connection in self._all:
            connection.close()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Body = b"",
        read: Read = whole,
        idempotent: bool | None = None,
    ) -> Answer:
        """Send a request; what may be asked twice is asked again where the server is busy or the connection breaks.

        Redirects of GET and HEAD are followed, without the Authorization header to another server.

        Args:
            method, url, headers, body: the request.
            read: makes something of the answer's body.
            idempotent: it may be asked twice; None where its method tells. A body in pieces is sent once in any case.

        Raises:
            Unanswered: there is no answer.
            RegtoolError: it leads elsewhere without end, or away from HTTPS.
        """
        may_repeat = (method in _IDEMPOTENT if idempotent is None else idempotent) and isinstance(body, bytes)
        for _ in range(_MOST_REDIRECTS):
            answer = self._persistently(method, url, headers, body, read, may_repeat)
            target = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not target or method not in ("GET", "HEAD"):
                return answer
            url, headers = _redirected(url, urljoin(url, target), headers)
        raise RegtoolError(f"{_origin(url)} redirects without end")

    def _persistently(
        self, method: str, url: str, headers: Mapping[str, str], body: Body, read: Read, may_repeat: bool
    ) -> Answer:
        pause = _FIRST_PAUSE
        for attempt in range(1, _TRIES + 1):
            last = attempt == _TRIES or not may_repeat
            try:
                answer = self._once(method, urlsplit(url), headers, body, read)
                if last or answer.status not in BUSY:
                    return answer._replace(repeated=attempt > 1)
                wait = max(pause, _asked_for(answer))
                if wait > _LONGEST_PAUSE:
                    why = f"HTTP status {answer.status}: it asks to wait {wait:.0f} s"
                    raise Unanswered(f"{_origin(url)} is too busy", why, "try again later")
            except (OSError, http.client.HTTPException) as error:
                if last or not _passes(error):
                    proxy = proxy_for(urlsplit(url))
                    by = f" by the proxy {proxy.host}:{proxy.port}" if proxy else ""
                    raise Unanswered(
                        f"{_origin(url)} does not answer{by}", cause(error), remedy(error, urlsplit(url).scheme)
                    ) from error
                # A server may close an idle connection at any time: that is no reason to wait.
                wait = 0.0 if attempt == 1 else pause
            time.sleep(wait)
            pause *= 3
        raise AssertionError("the last attempt returns or raises")

    def _once(self, method: str, url: SplitResult, headers: Mapping[str, str], body: Body, read: Read) -> Answer:
        connection = self._connection(url)
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        proxy = proxy_for(url)
        if proxy and url.scheme == "http":
            # A proxy is told the whole URL; by HTTPS it only carries bytes, and sees none of it.
            target, headers = _origin(url.geturl()) + target, {**headers, **proxy.headers}
        done = False
        try:
            connection.request(method, target, body or None, dict(headers))
            response = connection.getresponse()
            answered: dict[str, str] = {}
            for name, value in response.getheaders():
                key = name.lower()
                answered[key] = f"{answered[key]}, {value}" if key in answered else value
            made = read(response) if response.status < 300 else whole(response)
            done = response.isclosed() or not response.read(1)
            return Answer(response.status, answered, made)
        finally:
            if not done:
                # Its state is unknown, or the rest of an answer is on its way; the next request opens it anew.
                connection.close()

    def _connection(self, url: SplitResult) -> http.client.HTTPConnection:
        if not hasattr(self._mine, "connections"):
            self._mine.connections = {}
        connections: dict[tuple[str, str], http.client.HTTPConnection] = self._mine.connections
        key = (url.scheme, url.netloc)
        if key not in connections:
            connections[key] = self._new(url)
            self._all.append(connections[key])
        return connections[key]

    def _new(self, url: SplitResult) -> http.client.HTTPConnection:
        proxy = proxy_for(url)
        host, port = (proxy.host, proxy.port) if proxy else (url.hostname or "", url.port)
        if url.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        if self._trust is None:
            self._trust = self._make_trust()
        connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=self._trust)
        if proxy:
            connection.set_tunnel(url.hostname or "", url.port, dict(proxy.headers))
        return connection


def require_as_safe(before: str, url: str) -> str:
    """Return a URL that a server has named.

    Raises:
        RegtoolError: it is none, or would leave HTTPS.
    """
    scheme = urlsplit(url).scheme
    if scheme not in ("http", "https") or (scheme == "http" and urlsplit(before).scheme == "https"):
        raise RegtoolError(
            f"{_origin(before)} leads to {_origin(url)}, which is not encrypted",
            "what was asked for by HTTPS is not read by plain HTTP",
            "correct the address in the registry's configuration",
        )
    return url


def _redirected(before: str, url: str, headers: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    require_as_safe(before, url)
    if _origin(before) != _origin(url):
        headers = {name: value for name, value in headers.items() if name != "Authorization"}
    return url, headers


def _origin(url: str) -> str:
    """Give what may be shown of a URL: a query may hold a signature, and before the host may be a password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _asked_for(answer: Answer) -> float:
    """Give the seconds of a Retry-After header; a date there counts as none."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else 0.0


def _passes(error: Exception) -> bool:
    # Who has not answered for a minute will not in the next.
    lasting = (ssl.SSLCertVerificationError, socket.gaierror, http.client.InvalidURL, TimeoutError)
    return not isinstance(error, lasting)
