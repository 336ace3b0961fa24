"""A registry's API through the proxy that the environment names: a real one, with TLS to the registry inside."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread

import pytest
from solakube_regtool.errors import RegtoolError
from solakube_regtool.http.transport import Transport

from tests.e2e.support.tls import Authority
from tests.loopback import LoopbackServer, QuietHandler, serving


class Server(LoopbackServer):
    """Remembers what it is asked for, with the login for a proxy."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(handler)
        self.seen: list[tuple[str, str | None]] = []
        self.behind = 0


class Registry(QuietHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.seen.append((self.path, self.headers.get("Proxy-Authorization")))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")


class Proxy(Registry):
    """Answers for plain HTTP itself, and carries what is encrypted to the registry behind it."""

    def do_CONNECT(self) -> None:
        self.server.seen.append((self.path, self.headers.get("Proxy-Authorization")))
        self.send_response(200)
        self.end_headers()
        with socket.create_connection(("127.0.0.1", self.server.behind)) as registry:
            back = Thread(target=carry, args=(registry, self.connection), daemon=True)
            back.start()
            carry(self.connection, registry)
            back.join()
        self.close_connection = True


def carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(4096):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A proxy with a login, in the environment."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(Server(Proxy)) as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:p%40ss@{server.host}")
        monkeypatch.setenv("HTTPS_PROXY", server.host)
        yield server


def read(url: str, method: str = "GET") -> bytes:
    with closing(Transport()) as transport:
        return transport.send(method, url, {}).body


def test_a_proxy_is_told_the_whole_url_and_the_login(proxy: Server) -> None:
    assert read("http://registry.example.com/v2/?n=1") == b"ok"
    login = "Basic " + base64.b64encode(b"me:p@ss").decode()
    assert proxy.seen == [("http://registry.example.com/v2/?n=1", login)]


def test_of_https_a_proxy_sees_the_name_alone(proxy: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    issued = authority.issue("registry.example.com")
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(issued.certificate, issued.key)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    registry = Server(Registry)
    registry.socket = trust.wrap_socket(registry.socket, server_side=True)
    with serving(registry):
        proxy.behind = registry.server_port
        assert read("https://registry.example.com/v2/") == b"ok"
        assert registry.seen == [("/v2/", None)]
    assert proxy.seen == [("registry.example.com:443", None)]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_asked_itself(proxy: Server, host: str) -> None:
    with serving(Server(Registry)) as registry:
        assert read(f"http://{host}:{registry.server_port}/v2/") == b"ok"
    assert proxy.seen == []


def test_no_proxy_leaves_a_registry_out(proxy: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", ".invalid")
    with pytest.raises(RegtoolError, match="does not answer: "):
        read("http://registry.invalid/v2/", "POST")
    assert proxy.seen == []


def test_a_proxy_that_is_down_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:hunter2@127.0.0.1:{port}")
    with pytest.raises(RegtoolError, match=rf"https://r.example.com does not answer by the proxy 127.0.0.1:{port}"):
        read("https://r.example.com/v2/", "POST")


@pytest.mark.parametrize("proxy", ["socks5://me:hunter2@127.0.0.1:1", "http://", "http://127.0.0.1:x"])
def test_a_proxy_that_is_none_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(RegtoolError, match="cannot be used") as caught:
        read("https://r.example.com/v2/")
    assert "hunter2" not in str(caught.value)
