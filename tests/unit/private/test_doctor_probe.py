"""What the program tells that runs in a pod on a node's network, against real servers."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from solakube_registry.exposure.tls import certificate
from solakube_registry.private.doctor import probe

from solakube_core.testing import Place
from tests.loopback import LoopbackServer, QuietHandler, serving
from tests.unit.exposure.places import NAMES, settings

BLOB = "/v2/solakube/verify/blobs/sha256:1"
LOGIN = "Basic " + base64.b64encode(b"pull:secret").decode()
CONTENT = bytes(300_000)


class Registry(LoopbackServer):
    """Answers `/v2/` with 401, and a download to who has the login.

    Attributes:
        wait: seconds before each answer.
        greeting: the status of `/v2/`.
        storage: where a download is sent on to; "" for nowhere.
        seen: path and Authorization of each request.
    """

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.wait, self.greeting, self.storage = 0.0, 401, ""
        self.seen: list[tuple[str, str | None]] = []


class _Handler(QuietHandler):
    server: Registry

    def do_GET(self) -> None:
        server, shown = self.server, self.headers["Authorization"]
        server.seen.append((self.path, shown))
        time.sleep(server.wait)
        if self.path == "/v2/":
            self._answer(server.greeting)
        elif self.path == BLOB and shown != LOGIN:
            self._answer(401)
        elif self.path == BLOB and server.storage:
            self._answer(307, location=server.storage)
        else:
            self._answer(200, CONTENT)

    def _answer(self, status: int, body: bytes = b"", location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving(Registry()) as server:
        yield server


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a machine that stands still for a while make no difference."""
    monkeypatch.setattr(probe, "PATIENCE", 300.0)


def look(url: str, login: str = LOGIN, authority: str = "") -> dict[str, object]:
    return probe.look(url, BLOB, login, authority)


def test_name_first_byte_and_speed_are_told(registry: Registry) -> None:
    registry.wait = 0.02
    told = look(registry.url)
    assert told["addresses"] == ["127.0.0.1"]
    assert told["bytes"] == len(CONTENT)
    for seconds in (told["first_byte"], told["seconds"]):
        assert isinstance(seconds, float)
        assert seconds >= registry.wait
    assert registry.seen == [("/v2/", None)] * 3 + [(BLOB, LOGIN)]


def test_a_login_that_is_refused_leaves_the_speed_unknown(registry: Registry) -> None:
    told = look(registry.url, "Basic eDp5")
    assert told["speed_error"] == "it answered 401 to a download"
    assert "first_byte" in told
    assert "bytes" not in told


def test_what_is_no_registry_is_no_answer(registry: Registry) -> None:
    registry.greeting = 502
    told = look(registry.url)
    assert told["first_byte_error"] == "it answered 502 to GET /v2/, where a registry answers 401"
    assert LOGIN not in [shown for _, shown in registry.seen]


def test_the_login_stays_with_the_registry_that_sends_on_to_a_storage(registry: Registry) -> None:
    with serving(Registry()) as storage:
        registry.storage = f"{storage.url}/bucket/blob?signature=x"
        assert look(registry.url)["bytes"] == len(CONTENT)
        assert storage.seen == [("/bucket/blob?signature=x", None)]
        registry.storage = f"{registry.url}{BLOB}"
        assert look(registry.url)["speed_error"] == "it answered 307 to a download"


def test_nobody_who_is_not_trusted_gets_the_login(registry: Registry, tmp_path: Path) -> None:
    made = certificate(settings(REGISTRY_TLS="self-signed", REGISTRY_FQN="localhost"), NAMES, Place())
    files = next(item for item in made.objects if item["metadata"]["name"] == made.secret)["stringData"]
    (tmp_path / "both.pem").write_text(files["tls.crt"] + files["tls.key"])
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(tmp_path / "both.pem")
    registry.socket = server_side.wrap_socket(registry.socket, server_side=True)
    url = f"https://localhost:{registry.server_port}"
    untrusted = look(url)
    assert "first_byte" in untrusted
    assert "certificate verify failed" in str(untrusted["speed_error"])
    assert {shown for _, shown in registry.seen} == {None}
    assert look(url, authority=made.ca)["bytes"] == len(CONTENT)


def test_a_name_that_does_not_resolve(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert look(registry.url) == {"name_error": "[Errno -2] Name or service not known"}
    assert registry.seen == []


def test_where_nobody_listens(registry: Registry) -> None:
    with socket.socket() as bound:
        # A bound port on which nobody listens refuses connections, and no other process gets it meanwhile.
        bound.bind(("127.0.0.1", 0))
        told = look(f"http://127.0.0.1:{bound.getsockname()[1]}")
    assert told["addresses"] == ["127.0.0.1"]
    assert "refused" in str(told["first_byte_error"])


def test_the_login_is_read_from_a_file_and_what_was_found_is_written_to_one(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = LOGIN.partition(" ")[2]
    (tmp_path / "login").write_text(json.dumps({"auths": {registry.host: {"auth": auth}}}))
    for name in ("LOGIN", "REPORT"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    probe.main(registry.url, BLOB)
    told = json.loads((tmp_path / "report").read_text())
    assert told["bytes"] == len(CONTENT)
    assert auth not in (tmp_path / "report").read_text()
