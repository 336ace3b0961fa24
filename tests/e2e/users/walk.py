"""A walk over the whole API of a registry: every path of the OCI distribution specification, by every method.

Source: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

Connect = Callable[[], http.client.HTTPConnection]

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
READING = ("GET", "HEAD")
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass
class Client:
    """Asks a registry as one user.

    Attributes:
        connect: makes a connection to it.
        user, password: the login; both "" for none.
    """

    connect: Connect
    user: str = ""
    password: str = field(default="", repr=False)

    def __call__(self, method: str, path: str, body: bytes = b"", content: str = "application/octet-stream") -> Answer:
        headers = {"Content-Type": content, "Accept": MANIFEST, **self.login()}
        connection = self.connect()
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def login(self) -> dict[str, str]:
        """Return the header that shows who asks; none for nobody."""
        pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"} if self.user else {}

    def begin_upload(self, repository: str) -> str:
        """Begin an upload; returns its path and query."""
        begun = self("POST", f"/v2/{repository}/blobs/uploads/")
        assert begun.status == 202, begun
        return _path(begun.headers["Location"])

    def push_blob(self, repository: str, content: bytes) -> str:
        """Push a blob in chunks; returns its digest."""
        place = self.begin_upload(repository)
        for chunk in (content[: len(content) // 2], content[len(content) // 2 :]):
            answer = self("PATCH", place, chunk)
            assert answer.status == 202, answer
            place = _path(answer.headers["Location"])
        assert self("GET", place).status == 204
        digest = digest_of(content)
        assert self("PUT", f"{place}&digest={digest}").status == 201
        return digest

    def push(self, repository: str, tag: str, content: bytes) -> str:
        """Push an image of one layer; returns its manifest's digest."""
        config = {"mediaType": "application/vnd.oci.image.config.v1+json", **self._part(repository, b"{}")}
        layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar", **self._part(repository, content)}
        parts = {"config": config, "layers": [layer]}
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, **parts}).encode()
        answer = self("PUT", f"/v2/{repository}/manifests/{tag}", manifest, MANIFEST)
        assert answer.status == 201, answer
        return digest_of(manifest)

    def _part(self, repository: str, content: bytes) -> dict[str, object]:
        return {"digest": self.push_blob(repository, content), "size": len(content)}


def digest_of(content: bytes) -> str:
    """Return the digest of a content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _path(location: str) -> str:
    return "/" + location.partition("://")[2].partition("/")[2] if "://" in location else location


@dataclass(frozen=True)
class Walk:
    """The walk over an image of one layer, with the tag 1.

    Attributes:
        pusher: may push.
        content: of the layer.
        repository: the one to walk over.
    """

    pusher: Client
    content: bytes = b"what a layer holds"
    repository: str = field(default_factory=lambda: f"team/app-{uuid.uuid4().hex[:8]}")

    def begin(self) -> str:
        """Push the image that the walk is about; returns its digest."""
        return self.pusher.push(self.repository, "1", self.content)

    def reading(self, digest: str) -> list[str]:
        """Return the paths that pulls ask for."""
        here = f"/v2/{self.repository}"
        manifests = [f"{here}/manifests/1", f"{here}/manifests/{digest}"]
        return ["/v2/", *manifests, f"{here}/blobs/{digest_of(self.content)}", f"{here}/tags/list", "/v2/_catalog"]

    def answers(self, user: Client, digest: str) -> set[int]:
        """Return the statuses that a user gets who asks for everything that pulls ask for, but for the greeting."""
        lists = ("/tags/list", "/_catalog")
        asks = [(method, path) for path in self.reading(digest)[1:] for method in READING]
        return {user(*ask).status for ask in asks if ask[0] == "GET" or not ask[1].endswith(lists)}

    def paths(self, digest: str, upload: str) -> list[str]:
        """Return all paths."""
        here = f"/v2/{self.repository}"
        blob = digest_of(self.content)
        uploads = [
            f"{here}/blobs/uploads/",
            f"{here}/blobs/uploads/?digest={blob}",
            f"/v2/{self.repository}-2/blobs/uploads/?mount={blob}&from={self.repository}",
            upload,
            f"{upload}&digest={blob}",
        ]
        return [*self.reading(digest), *uploads, f"{here}/manifests/2"]

    def disguised(self, upload: str) -> list[str]:
        """Return paths that are written in another way, or lead nowhere: none of them may have an effect."""
        here = f"/v2/{self.repository}"
        uploads = [
            upload.replace("/uploads/", "/uploads%2F"),
            upload.replace("/blobs/", "/%62lobs/"),
            upload.replace("/blobs/", "//blobs/"),
            upload.replace("/v2/", "/v2/./"),
        ]
        return [*uploads, f"{here}/../x/manifests/1", f"{here}/%2e%2e/x/manifests/1", f"{here}/referrers/x", "/x"]

    def refused(self, user: Client) -> list[str]:
        """Let a user try everything that changes something; returns what was not refused with 401 or 403."""
        digest = self.begin()
        upload = self.pusher.begin_upload(self.repository)
        manifest = self.pusher("GET", f"/v2/{self.repository}/manifests/1").body
        odd = []
        for path in self.paths(digest, upload):
            for method in (*CHANGING, "OPTIONS", "FOO"):
                answer = user(method, path, manifest if "/manifests/" in path else self.content, MANIFEST)
                if answer.status not in (401, 403):
                    odd.append(f"{method} {path}: {answer.status}")
        for path in self.disguised(upload):
            for method in CHANGING:
                answer = user(method, path, self.content)
                if answer.status < 300:
                    odd.append(f"{method} {path}: {answer.status}")
        for method in READING:
            answer = user(method, upload)
            if answer.status not in (401, 403):
                odd.append(f"{method} {upload}: {answer.status}")
        return [*odd, *self._changes(digest, upload)]

    def _changes(self, digest: str, upload: str) -> list[str]:
        """Tell what is not as it was: the upload goes on from where it began, tags and images are the same."""
        odd = []
        state = self.pusher("GET", upload)
        if (state.status, state.headers["Range"]) not in ((204, "0-0"), (204, "0--1")):
            odd.append(f"the upload is at {state.headers['Range']}: {state.status}")
        if self.pusher("PUT", f"{upload}&digest={digest_of(b'x')}", b"x").status != 201:
            odd.append("the upload cannot be ended")
        tags = json.loads(self.pusher("GET", f"/v2/{self.repository}/tags/list").body)["tags"]
        held = self.pusher("GET", f"/v2/{self.repository}/manifests/1")
        repositories = json.loads(self.pusher("GET", "/v2/_catalog").body)["repositories"]
        if (tags, digest_of(held.body), f"{self.repository}-2" in repositories) != (["1"], digest, False):
            odd.append(f"{tags}, {digest_of(held.body)}, {repositories}")
        if self.pusher("GET", f"/v2/{self.repository}/blobs/{digest_of(self.content)}").body != self.content:
            odd.append("the layer is another one")
        return odd
