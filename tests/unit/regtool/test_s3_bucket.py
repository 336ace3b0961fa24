"""What a bucket's server may answer, and what is made of it: a real server that answers as it is told."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from solakube_regtool.errors import RegtoolError
from solakube_regtool.s3 import rights
from solakube_regtool.s3.address import Address, Keys
from solakube_regtool.s3.answers import S3Error
from solakube_regtool.s3.bucket import Bucket
from solakube_regtool.storage import bucket_files

NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
Answer = tuple[int, bytes]


@dataclass
class Server:
    """Answers by the function `answer`; remembers what it was asked.

    The function is told method (CREATE for a PUT where nothing may be), path with query, and body.
    """

    answer: Callable[[str, str, bytes], Answer] = lambda *_: (200, b"")
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def bucket(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.setattr("solakube_regtool.http.transport._FIRST_PAUSE", 0.0)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            server.asked.append(f"{self.command} {self.path}")
            method = "CREATE" if self.headers.get("If-None-Match") == "*" else self.command
            status, content = server.answer(method, self.path, body)
            wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
            if wanted and status == 200:
                begin, end = map(int, wanted.groups())
                status, content = (206, content[begin : end + 1]) if begin < len(content) else (416, b"")
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else content)

        do_GET = do_PUT = do_POST = do_HEAD = reply

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        made = Bucket(Address("images", f"http://127.0.0.1:{running.server_port}", path_style=True), Keys("a", "b"))
        yield made
        made.close()
        running.shutdown()


def error(code: str, status: int = 403) -> Answer:
    return status, f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>as said</Message></Error>".encode()


def parameters(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query, keep_blank_values=True).items()}


def listing(keys: list[str], token: str = "", encoded: bool = False) -> Answer:
    entries = "".join(
        f"<Contents><Key>{key}</Key><Size>3</Size><LastModified>2026-11-28T16:00:00.000Z</LastModified></Contents>"
        for key in keys
    )
    more = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    encoding = "<EncodingType>url</EncodingType>" if encoded else ""
    return 200, f"<ListBucketResult {NAMESPACE}>{encoding}{more}{entries}</ListBucketResult>".encode()


def test_pages_are_followed_to_the_end(server: Server, bucket: Bucket) -> None:
    pages = {"": listing(["p/a", "p/b"], "x/+="), "x/+=": listing(["p/c"])}
    server.answer = lambda method, path, body: pages[parameters(path).get("continuation-token", "")]
    assert [(found.key, found.size, found.modified) for found in bucket.objects("p/")] == [
        (key, 3, 1795881600.0) for key in ("p/a", "p/b", "p/c")
    ]
    assert bucket.requests == 2


def test_names_come_decoded_where_the_server_encodes_them(server: Server, bucket: Bucket) -> None:
    """As a form's fields are: Amazon and SeaweedFS send a plus sign for a space, versitygw %20."""
    server.answer = lambda *_: listing(["p/a%20b%2Bc+d"], encoded=True)
    assert [found.key for found in bucket.objects()] == ["p/a b+c d"]


def test_a_thousand_go_at_a_time(server: Server, bucket: Bucket) -> None:
    sizes: list[int] = []

    def delete(method: str, path: str, body: bytes) -> Answer:
        sizes.append(body.count(b"<Key>"))
        return 200, f"<DeleteResult {NAMESPACE}></DeleteResult>".encode()

    server.answer = delete
    assert bucket.delete(f"key-{number}" for number in range(2001)) == 2001
    assert sizes == [1000, 1000, 1]


def test_what_was_not_deleted_is_told(server: Server, bucket: Bucket) -> None:
    body = b"<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code></Error></DeleteResult>"
    server.answer = lambda *_: (200, body)
    with pytest.raises(S3Error, match="does not let this user delete b"):
        bucket.delete(["a", "b"])


def test_a_copy_that_fails_after_its_answer_began_is_told(server: Server, bucket: Bucket) -> None:
    server.answer = lambda *_: error("InternalError", 200)
    with pytest.raises(S3Error, match="copy a"):
        bucket.copy("a", "b")


@pytest.mark.parametrize(("mine", "created"), [(b"mine", True), (b"another's", False)])
def test_a_creation_that_was_repeated_knows_its_own_object(
    server: Server, bucket: Bucket, mine: bytes, created: bool
) -> None:
    """The first answer is lost: what was written then is met by the second request."""
    answers = iter([error("SlowDown", 503), error("PreconditionFailed", 412), (200, mine)])
    server.answer = lambda *_: next(answers)
    assert bucket.create("lock", b"mine") == created


def test_somebody_elses_object_is_not_created_again(server: Server, bucket: Bucket) -> None:
    server.answer = lambda *_: error("PreconditionFailed", 412)
    assert not bucket.create("lock", b"mine")
    assert server.asked == ["PUT /images/lock"]


def test_no_object_is_not_no_bucket(server: Server, bucket: Bucket) -> None:
    server.answer = lambda *_: error("NoSuchKey", 404)
    assert bucket.read("a") is None
    for code in ("NoSuchBucket", "XAdminUserNotFound"):
        server.answer = lambda *_, code=code: error(code, 404)
        for look in (bucket.read, bucket.find, bucket.first):
            with pytest.raises(S3Error, match=code):
                look("a")


def test_an_object_that_is_not_there_is_told_from_one_that_begins_so(server: Server, bucket: Bucket) -> None:
    server.answer = lambda method, *_: (404, b"") if method == "HEAD" else listing(["a/b"])
    assert bucket.find("a") is None
    assert bucket.find("a/b") is not None


def test_another_kind_of_server_is_told(server: Server, bucket: Bucket) -> None:
    for body in (b"<html></html>", b"hello"):
        server.answer = lambda *_, body=body: (200, body)
        with pytest.raises(RegtoolError, match="does not answer as S3 does"):
            bucket.first("")


class Store:
    """A server that holds objects, and denies what it is told to deny; may know nothing of conditional writes."""

    def __init__(self, *denied: str, conditional: bool = True) -> None:
        self.objects: dict[str, bytes] = {}
        self._denied, self._conditional = denied, conditional

    def __call__(self, method: str, path: str, body: bytes) -> Answer:
        key = unquote(urlsplit(path).path.removeprefix("/images/"))
        action = "LIST" if method == "GET" and not key else method
        if action in self._denied:
            return error("AccessDenied")
        if action == "LIST":
            return listing(sorted(self.objects))
        if action == "CREATE" and self._conditional and key in self.objects:
            return error("PreconditionFailed", 412)
        if action in ("PUT", "CREATE"):
            self.objects[key] = body
        elif action == "POST":
            self.objects.clear()
            return 200, b"<DeleteResult></DeleteResult>"
        return 200, self.objects.get(key, b"")


@pytest.mark.parametrize(("length", "requests"), [(0, 1), (7, 1), (8, 2), (17, 3)])
def test_what_may_be_large_is_read_piece_by_piece(
    server: Server, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, length: int, requests: int
) -> None:
    monkeypatch.setattr(bucket_files, "_RANGE", 8)
    content = bytes(range(length))
    server.answer = lambda *_: (200, content)
    assert b"".join(bucket_files.BucketFiles(bucket).pieces("/images/large")) == content
    assert server.asked == ["GET /images/large"] * requests


def test_of_what_is_not_there_no_piece_is_read(server: Server, bucket: Bucket) -> None:
    server.answer = lambda *_: error("NoSuchKey", 404)
    with pytest.raises(FileNotFoundError):
        list(bucket_files.BucketFiles(bucket).pieces("/images/large"))


@pytest.mark.parametrize(
    ("denied", "told"),
    [
        ((), []),
        (("LIST",), ["list it"]),
        (("PUT",), ["write"]),
        (("GET", "POST"), ["read", "delete"]),
        (("LIST", "GET"), ["list it", "read"]),
    ],
)
def test_each_right_that_is_missing_is_named(
    server: Server, bucket: Bucket, denied: tuple[str, ...], told: list[str]
) -> None:
    server.answer = Store(*denied)
    found = [fault.what.partition("does not let this user ")[2] for fault in rights.faults(bucket)]
    assert [fault.partition(" solakube-check-")[0] for fault in found] == told


def test_what_was_tried_leaves_nothing(server: Server, bucket: Bucket) -> None:
    store = server.answer = Store()
    assert list(rights.faults(bucket)) == []
    assert store.objects == {}


def test_one_that_writes_over_what_is_there_is_refused(server: Server, bucket: Bucket) -> None:
    """Two collections would hold its lock."""
    store = server.answer = Store(conditional=False)
    (fault,) = rights.faults(bucket)
    assert "its server writes over what is there when it is told not to (If-None-Match)" in fault.what
    assert store.objects == {}


def test_a_bucket_that_is_not_there_is_all_that_is_told(server: Server, bucket: Bucket) -> None:
    server.answer = lambda *_: error("NoSuchBucket", 404)
    (fault,) = rights.faults(bucket)
    assert fault.hint == "make it, or correct the bucket's name"
    assert len(server.asked) == 1
