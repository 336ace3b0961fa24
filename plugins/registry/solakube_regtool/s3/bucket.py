"""A bucket: what may be asked of it, a request for each but where it says so."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import escape

from solakube_regtool.http.transport import Answer, Read, Transport, whole
from solakube_regtool.s3 import answers, signing
from solakube_regtool.s3.address import Address, Keys
from solakube_regtool.s3.answers import Object, Page, S3Error, Upload

PAGE = 1000
"""Entries that one request lists or deletes, at most (S3 API reference, ListObjectsV2 and DeleteObjects)."""

_NOT_FOUND = 404
_NO_OBJECT = "NoSuchKey"
_NOT_NEW = 412
_NOTHING_THERE = 416
_CLASH = 409

_HINTS = {
    "NoSuchBucket": "make it, or correct the bucket's name",
    "InvalidAccessKeyId": "correct the access key",
    "XAdminUserNotFound": "correct the access key",
    "SignatureDoesNotMatch": "correct the secret key",
    "AccessDenied": "grant it to the access key's user",
    "AuthorizationHeaderMalformed": "correct the region",
    "PermanentRedirect": "correct endpoint and region: the bucket is elsewhere",
    "RequestTimeTooSkewed": "set this machine's clock",
}


class Bucket:
    """A bucket. Any number of threads may share it.

    Args:
        address: where it is. Keys here are whole: the address's prefix is a matter of who makes them.
        keys: None to ask as anybody.

    Attributes:
        requests: how many were sent.
    """

    def __init__(self, address: Address, keys: Keys | None) -> None:
        self.address = address
        self.requests = 0
        self._keys = keys
        self._transport = Transport(address.trust)

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def objects(self, prefix: str = "", after: str = "") -> Iterator[Object]:
        """Give all objects whose keys begin so, in the order of their keys. A request for each thousand.

        Args:
            prefix: what the keys begin with.
            after: only keys that come after this one.
        """
        for page in self._pages(prefix, {"start-after": after} if after else {}):
            yield from page.objects

    def folders(self, prefix: str) -> Iterator[str]:
        """Give the names that keys have after the prefix and before the next slash. A request for each thousand.

        Args:
            prefix: "" or one that ends with a slash.
        """
        for page in self._pages(prefix, {"delimiter": "/"}):
            yield from (folder[len(prefix) :].rstrip("/") for folder in page.folders)

    def first(self, prefix: str) -> Object | None:
        """Give the first object whose key begins so; None for none."""
        page = self._page({"prefix": prefix, "max-keys": "1"})
        return page.objects[0] if page.objects else None

    def find(self, key: str) -> Object | None:
        """Look at an object; None for none."""
        answer = self._ask("HEAD", key)
        if answer.status == _NOT_FOUND:
            # It may be the bucket, or who asks, that is not known: such an answer has no body to tell it.
            found = self.first(key)
            return found if found and found.key == key else None
        self._require(answer, f"look at {key}")
        return Object(key, int(answer.headers.get("content-length", 0)), _http_date(answer))

    def read(self, key: str, read: Read = whole, limit: int = 0, begin: int = 0) -> bytes | None:
        """Read an object; None for none.

        Args:
            read: what is made of its content; called anew when a request is repeated.
            limit: bytes that are enough; 0 for all.
            begin: where they begin; with a limit alone.
        """
        answer = self._ask("GET", key, {"Range": f"bytes={begin}-{begin + limit - 1}"} if limit else None, read=read)
        if answer.status == _NOTHING_THERE:
            return b""
        if answer.status == _NOT_FOUND and answers.refusal(answer)[0] == _NO_OBJECT:
            return None
        self._require(answer, f"read {key}")
        return answer.body

    def uploads(self, prefix: str) -> Iterator[Upload]:
        """Give the uploads in parts that were not finished. A request for each thousand."""
        marker: dict[str, str] = {}
        while True:
            answer = self._ask("GET", "", parameters={"uploads": "", "prefix": prefix, **marker})
            self._require(answer, "list unfinished uploads")
            found, marker = answers.uploads(answer.body)
            yield from found
            if not marker:
                return

    def size_of_upload(self, upload: Upload) -> int:
        """Give the bytes of the parts that an unfinished upload has. A request for each thousand."""
        size = 0
        marker: dict[str, str] = {}
        while True:
            answer = self._ask("GET", upload.key, parameters={"uploadId": upload.identity, **marker})
            if answer.status == _NOT_FOUND:
                return size
            self._require(answer, f"list the parts of {upload.key}")
            more, marker = answers.parts(answer.body)
            size += more
            if not marker:
                return size

    def abort(self, upload: Upload) -> None:
        """End an unfinished upload, and drop its parts; one that is over already is fine."""
        answer = self._ask("DELETE", upload.key, parameters={"uploadId": upload.identity})
        if answer.status != _NOT_FOUND:
            self._require(answer, f"end the upload of {upload.key}")

    def write(self, key: str, content: bytes) -> None:
        """Write an object, in the place of what is there."""
        self._require(self._ask("PUT", key, body=content), f"write {key}")

    def create(self, key: str, content: bytes) -> bool:
        """Write an object unless there is one: of several that do this at once, one alone succeeds.

        Returns:
            Whether it was written.
        """
        answer = self._ask("PUT", key, {"If-None-Match": "*"}, content)
        if answer.status in (_NOT_NEW, _CLASH):
            # A request that was repeated meets what it wrote itself.
            return answer.repeated and self.read(key) == content
        self._require(answer, f"write {key}")
        return True

    def copy(self, source: str, target: str) -> None:
        """Copy an object of at most 5 GiB, on the server."""
        place = f"/{self.address.bucket}/{signing.path(source)}"
        answer = self._ask("PUT", target, {"X-Amz-Copy-Source": place})
        self._require(answer, f"copy {source}")
        # A copy that fails half-way is told in the body of an answer that began as a success.
        if code := answers.refusal(answer)[0]:
            raise self._refused(answer, f"copy {source}", code)

    def delete(self, keys: Iterable[str]) -> int:
        """Delete objects; those that are gone already are fine. A request for each thousand.

        Returns:
            How many were named.

        Raises:
            S3Error: some are left.
        """
        count, waiting = 0, list[str]()
        for key in keys:
            count += 1
            waiting.append(key)
            if len(waiting) == PAGE:
                self._delete(waiting)
                waiting = []
        if waiting:
            self._delete(waiting)
        return count

    def _delete(self, keys: list[str]) -> None:
        entries = "".join(f"<Object><Key>{escape(key)}</Key></Object>" for key in keys)
        body = f"<Delete><Quiet>true</Quiet>{entries}</Delete>".encode()
        checksum = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        answer = self._ask("POST", "", {"Content-MD5": checksum}, body, {"delete": ""}, idempotent=True)
        self._require(answer, f"delete {keys[0]}")
        left = answers.undeleted(answer.body)
        if left:
            raise self._refused(answer, f"delete {left[0][0]}", left[0][1])

    def _pages(self, prefix: str, parameters: Mapping[str, str]) -> Iterator[Page]:
        token = ""
        while True:
            page = self._page({"prefix": prefix, **parameters, **({"continuation-token": token} if token else {})})
            yield page
            token = page.token
            if not token:
                return

    def _page(self, parameters: Mapping[str, str]) -> Page:
        answer = self._ask("GET", "", parameters={"list-type": "2", "encoding-type": "url", **parameters})
        self._require(answer, f"list what begins with {parameters['prefix']}" if parameters["prefix"] else "list it")
        return answers.page(answer.body)

    def _ask(
        self,
        method: str,
        key: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        parameters: Mapping[str, str] | None = None,
        read: Read = whole,
        idempotent: bool | None = None,
    ) -> Answer:
        self.requests += 1
        url = f"{self.address.url}/{signing.path(key)}"
        if parameters:
            url += f"?{signing.query(parameters)}"
        sent = signing.signed(self._keys, self.address.region, method, url, headers or {}, body, time.time())
        return self._transport.send(method, url, sent, body, read, idempotent)

    def _require(self, answer: Answer, what: str) -> None:
        if answer.status >= 300:
            raise self._refused(answer, what, answers.refusal(answer)[0])

    def _refused(self, answer: Answer, what: str, code: str) -> S3Error:
        message = answers.refusal(answer)[1]
        why = ": ".join(part for part in (f"HTTP status {answer.status}", code, message) if part)
        where = f"{self.address.server}: bucket {self.address.bucket}"
        return S3Error(f"{where} does not let this user {what}", why, _HINTS.get(code, ""), answer.status, code)


def _http_date(answer: Answer) -> float:
    # It brings in half a dozen modules, which listings do without.
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(answer.headers.get("last-modified", "")).timestamp()
    except (TypeError, ValueError):
        return 0.0
