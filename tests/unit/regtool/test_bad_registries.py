"""What calls itself a registry and is none, or is broken: by `sk --url`, each is told as what it is."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Thread

import pytest
from solakube_regtool.cli import main

from solakube_core.cli.main import run
from tests.e2e.support.tls import Authority
from tests.loopback import LoopbackServer, QuietHandler, serving

Output = pytest.CaptureFixture[str]
Page = tuple[int, Mapping[str, str], object]
"""Status, headers and body; a body that is no text is sent as JSON."""

NAMES: Page = (200, {}, {"repositories": ["a", "b"]})


class Server(LoopbackServer):
    """Answers each target with its page; the one at "" is that of all others."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        super().__init__(_Handler)
        self.pages = pages
        self.asked: list[str] = []


class _Handler(QuietHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        pages = self.server.pages
        status, headers, body = pages.get(self.path) or pages.get(self.path.partition("?")[0]) or pages[""]
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value.replace("COUNT", str(len(self.server.asked))))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_HEAD = do_GET


def answering(pages: Mapping[str, Page], trust: ssl.SSLContext | None = None) -> AbstractContextManager[Server]:
    server = Server({"/v2/": (200, {}, {}), **pages})
    if trust:
        server.socket = trust.wrap_socket(server.socket, server_side=True)
    return serving(server)


def encrypted(folder: Path) -> ssl.SSLContext:
    issued = Authority(folder).issue("registry.example.com")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.certificate, issued.key)
    return context


NEXT = {"Link": "</v2/_catalog?n=1000&last=b>; rel=next"}
FURTHER = {"Link": "</v2/_catalog?n=1000&last=COUNT>; rel=next"}
BROKEN: dict[str, tuple[Page, str, str]] = {
    "it fails": ((500, {}, "oh no"), "does not tell the list /v2/_catalog\n  HTTP status 500: oh no", "its log"),
    "it fails with a page": ((500, {}, "<html>oh no</html>"), "/v2/_catalog\n  HTTP status 500\n", "its log"),
    "it fails at length": ((500, {}, "oh no " * 100), "/v2/_catalog\n  HTTP status 500\n", "its log"),
    "it fails in two lines": ((500, {}, "oh\nno"), "/v2/_catalog\n  HTTP status 500\n", "its log"),
    "a line break in a name": ((200, {}, {"repositories": ["a\nb"]}), "no image can be called 'a\\nb'", "its log"),
    "a command for terminals": (
        (200, {}, {"repositories": ["\x1b[2J"]}),
        "no image can be called '\\x1b[2J'",
        "its log",
    ),
    "a query in a name": ((200, {}, {"repositories": ["a?n=1"]}), "no image can be called 'a?n=1'", "its log"),
    "no name": ((200, {}, {"repositories": [""]}), "no image can be called ''", "its log"),
    "a page that follows itself": ((200, NEXT, NAMES[2]), "it leads back to a page that was read", "its log"),
    "pages without an end": ((200, FURTHER, NAMES[2]), "it brings no more names", "its log"),
    "empty pages without an end": ((200, FURTHER, {"repositories": None}), "it brings no more names", "its log"),
    "a list": ((200, {}, ["a"]), "is no list of names", "is it a registry?"),
    "a number": ((200, {}, {"repositories": 7}), "is no list of names", "is it a registry?"),
    "half of it": ((200, {}, '{"repositories": ["a"'), "is no list of names", "is it a registry?"),
    "no text": ((200, {}, "\udcff".encode("utf-8", "surrogateescape").decode("latin-1")), "is no list", "registry?"),
    "forbidden": ((403, {}, {"errors": [{"code": "DENIED", "message": "no"}]}), "DENIED: no", "the user may not"),
    "gone": ((410, {}, ""), "does not tell the list /v2/_catalog\n  HTTP status 410", ""),
}


def listed(url: str) -> int:
    """Do what `sk registry list --url URL` has the maintenance program do, in this process."""
    return main(["--url", url, "list", "--names"])


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_registry_is_told_as_what_it_is(capsys: Output, case: str) -> None:
    page, told, remedy = BROKEN[case]
    with answering({"/v2/_catalog": page}) as registry:
        assert listed(registry.url) == 1
    printed = capsys.readouterr()
    assert told in printed.err
    assert remedy in printed.err
    assert "internal error" not in printed.err
    assert printed.err.count("cannot be read") <= 1


@pytest.mark.parametrize("command", ["list", "usage", "fsck"])
@pytest.mark.parametrize("page", [(404, {}, "nothing here"), (404, {}, ""), (200, {}, {}), (200, {}, {"name": "x"})])
def test_what_lists_nothing_is_no_empty_registry(capsys: Output, command: str, page: Page) -> None:
    with answering({"/v2/": page, "": page}) as registry:
        assert main(["--url", registry.url, command]) == 1
    assert "is it a registry?" in capsys.readouterr().err


def test_an_empty_registry_is_one(capsys: Output) -> None:
    with answering({"/v2/_catalog": (200, {}, {"repositories": []})}) as registry:
        assert listed(registry.url) == 0
    assert capsys.readouterr() == ("", "")


def test_a_login_server_that_is_gone_is_told_as_what_it_is(
    capsys: Output, monkeypatch: pytest.MonkeyPatch, unused: int
) -> None:
    monkeypatch.setattr("solakube_regtool.http.transport._FIRST_PAUSE", 0.0)
    wanted = {"WWW-Authenticate": f'Bearer realm="http://127.0.0.1:{unused}/token",service="x"'}
    with answering({"": (401, wanted, "")}) as registry:
        assert listed(registry.url) == 1
    told = capsys.readouterr().err
    assert f"{registry.url} has its logins checked by another server, and http://127.0.0.1:{unused} does not" in told
    assert "its owner knows more" in told


@pytest.fixture
def unused() -> int:
    """A port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_names_that_come_again_are_told_once(capsys: Output) -> None:
    pages = {"/v2/_catalog?n=1000": (200, NEXT, NAMES[2]), "/v2/_catalog?n=1000&last=b": (200, {}, NAMES[2])}
    with answering(pages) as registry:
        assert listed(registry.url) == 0
    assert capsys.readouterr().out == "a\nb\n"


def test_plain_http_to_a_server_of_https_is_told(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solakube_regtool.http.transport._FIRST_PAUSE", 0.0)
    with answering({"": NAMES}, encrypted(tmp_path)) as registry:
        assert listed(registry.url) == 1
    assert "for HTTPS the URL begins with https://" in capsys.readouterr().err


def test_what_go_says_to_plain_http_is_passed_on(capsys: Output) -> None:
    said: Page = (400, {}, "Client sent an HTTP request to an HTTPS server.\n")
    with answering({"": said, "/v2/": said}) as registry:
        assert listed(registry.url) == 1
    assert "HTTP status 400: Client sent an HTTP request to an HTTPS server." in capsys.readouterr().err


AUTHORITIES = {
    "SSL_CERT_FILE": {
        "/etc/no-such": "No such file or directory",
        "/etc/passwd": "no certificate in PEM",
        "/etc": "",
    },
    "SSL_CERT_DIR": {"/etc/no-such": "no such folder", "/etc/passwd": "no such folder"},
}


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in AUTHORITIES.items() for path in paths])
def test_authorities_that_nobody_can_use_are_told(
    name: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setenv(name, path)
    with answering({"": NAMES}, encrypted(tmp_path)) as registry:
        url = registry.url.replace("http:", "https:")
        assert listed(url) == 1
    told = capsys.readouterr().err
    assert "its certificate is not trusted here" in told
    assert f"{name}={path}: {AUTHORITIES[name][path]}" in told


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://r.test", "is no address of a registry"),
        ("r.test", "is no address of a registry"),
        ("https://", "is no address of a registry"),
        ("https://r.test:99999", "is no address of a registry"),
        ("https://r.test:port", "is no address of a registry"),
        ("https://r.test/v2/", "a registry's API begins at the root of its host"),
        ("https://r.test?x=1", "a registry's API begins at the root of its host"),
        ("https://me:secret@r.test", "the URL holds a login"),
        ("https://me:se/secret@r.test", "'r.test' is no address of a registry"),
        ("me:secret@r.test", "'r.test' is no address of a registry"),
        ("https://r.test/v2/?token=secret", "https://r.test/... is no address of a registry"),
        ("https://[::1", "is no address of a registry"),
        ("https://r .test", "is no address of a registry"),
        ("https://r.test\n", "is no address of a registry"),
    ],
)
def test_what_is_no_address_is_refused(capsys: Output, url: str, told: str) -> None:
    assert listed(url) == 1
    printed = capsys.readouterr()
    assert told in printed.err
    assert "secret" not in printed.err
    assert "internal error" not in printed.err + printed.out


@pytest.mark.parametrize(
    "words",
    [
        ["garbage-collect", "--grace", "-1h"],
        ["garbage-collect", "--untagged-grace=-1h"],
        ["garbage-collect", "--keep", "soon"],
        ["garbage-collect", "--keep", "1e3s"],
        ["usage", "--grace=inf"],
    ],
)
def test_a_duration_is_checked_before_anything_is_asked(capsys: Output, words: list[str]) -> None:
    assert run(["registry", *words]) == 2
    assert "is no duration; write a number and a unit: 30s, 5m, 12h, 90d, 2w" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        *(
            (name, value, "a whole number from 1 on")
            for name in ("KEEP_LAST", "PATCH_RELEASES")
            for value in ("x", "0")
        ),
        *(("KEEP_LAST", value, "a whole number from 1 on") for value in ("-1", "1.5", " 1", "\u0661")),
        *((name, value, "a duration") for name in ("NEWER_THAN", "NOT_PULLED_FOR") for value in ("x", "30", "-1d")),
    ],
)
def test_a_retention_setting_is_told_by_its_name(
    name: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setenv(f"REGISTRY_RETENTION_{name}", value)
    assert run(["registry", "prune"]) == 1
    told = capsys.readouterr().err
    assert f"REGISTRY_RETENTION_{name}: {value!r} is not {expected}" in told
    assert "(environment)" in told


@pytest.mark.parametrize(
    ("name", "value"),
    [("GC_GRACE", "1"), ("GC_UNTAGGED_GRACE", "x"), ("RETENTION_KEEP_LAST", "0")],
)
def test_a_setting_is_told_once(name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    for setting, given in {
        "REGISTRY_GC_SCHEDULE": "@daily",
        "REGISTRY_PASSWORD": "p",
        f"REGISTRY_{name}": value,
    }.items():
        monkeypatch.setenv(setting, given)
    assert run(["deploy", "registry", "--dry-run"]) == 1
    assert capsys.readouterr().err.count(f"{value!r} is not") == 1


def hang_up(listener: socket.socket, times: int) -> None:
    for _ in range(times):
        listener.accept()[0].close()


def test_a_server_that_hangs_up_is_told(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solakube_regtool.http.transport._FIRST_PAUSE", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=hang_up, args=(listener, 4), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert listed(url) == 1
        thread.join(30)
    assert "for HTTPS the URL begins with https://" in capsys.readouterr().err
