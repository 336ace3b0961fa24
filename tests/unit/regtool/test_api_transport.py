"""Where a registry may send its readers, and what they take along."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing

import pytest
from solakube_regtool.errors import RegtoolError
from solakube_regtool.http.transport import Transport, require_as_safe

from tests.loopback import LoopbackServer, QuietHandler, serving

SENT = {"Authorization": "Basic c2VjcmV0", "Accept": "*/*"}


class Server(LoopbackServer):
    """Answers as it is told.

    Attributes:
        answers: status and headers, the last one for good.
        seen: the Authorization header of each request.
    """

    def __init__(self, *answers: tuple[int, Mapping[str, str]]) -> None:
        super().__init__(_Handler)
        self.answers = list(answers)
        self.seen: list[str | None] = []


class _Handler(QuietHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.seen.append(self.headers.get("Authorization"))
        status, headers = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "2"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_GET


def answering(*answers: tuple[int, Mapping[str, str]]) -> AbstractContextManager[Server]:
    return serving(Server(*answers))


@pytest.fixture
def transport() -> Iterator[Transport]:
    with closing(Transport()) as transport:
        yield transport


def test_another_server_does_not_get_the_login(transport: Transport) -> None:
    with answering((200, {})) as storage, answering((307, {"Location": f"{storage.url}/x?y=z"})) as registry:
        assert transport.send("GET", registry.url, SENT).body == b"ok"
        assert (registry.seen, storage.seen) == ([SENT["Authorization"]], [None])


def test_the_same_server_does(transport: Transport) -> None:
    with answering((307, {"Location": "/elsewhere"}), (200, {})) as registry:
        assert transport.send("GET", registry.url, SENT).status == 200
        assert registry.seen == [SENT["Authorization"]] * 2


def test_a_circle_is_left(transport: Transport) -> None:
    with answering((302, {"Location": "/"})) as registry, pytest.raises(RegtoolError, match="redirects without end"):
        transport.send("GET", registry.url, SENT)


def test_a_busy_server_is_asked_again_where_that_is_safe(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solakube_regtool.http.transport._FIRST_PAUSE", 0.01)
    with answering((503, {}), (429, {}), (200, {})) as registry:
        answer = transport.send("GET", registry.url, {})
        assert (answer.status, answer.repeated) == (200, True)
    with answering((503, {}), (200, {})) as registry:
        assert transport.send("POST", registry.url, {}).status == 503


@pytest.mark.parametrize("url", ["http://r.io/x", "ftp://r.io/x", "r.io"])
def test_what_was_encrypted_stays_so(url: str) -> None:
    with pytest.raises(RegtoolError, match="not encrypted"):
        require_as_safe("https://r.io", url)


def test_a_server_that_wants_an_hour_is_not_waited_for(transport: Transport) -> None:
    with answering((429, {"Retry-After": "3600"})) as registry:
        with pytest.raises(RegtoolError, match=r"too busy: HTTP status 429: it asks to wait 3600 s"):
            transport.send("GET", registry.url, {})
        assert len(registry.seen) == 1


def test_an_answer_that_does_not_end_is_given_up(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solakube_regtool.http.transport.LONGEST_ANSWER", -1.0)
    with answering((200, {})) as registry, pytest.raises(RegtoolError, match="does not end"):
        transport.send("GET", registry.url, {})


def test_a_server_that_says_nothing_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solakube_regtool.http.transport.TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent, closing(Transport()) as transport:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(RegtoolError, match="does not answer: timed out"):
            transport.send("GET", url, {})
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
