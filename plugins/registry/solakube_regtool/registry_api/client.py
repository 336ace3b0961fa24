"""A registry's API: the OCI Distribution Specification 1.1, but for the pushing of blobs (`uploads`)."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from solakube_regtool.errors import RegtoolError, Unreadable
from solakube_regtool.http.transport import Answer, Body, Read, Transport, whole
from solakube_regtool.oci import manifest as manifests
from solakube_regtool.registry_api.auth import Authorization
from solakube_regtool.registry_api.headers import next_page
from solakube_regtool.registry_api.login import Login

PAGE = 1000
"""Names to ask for in one answer: the most that distribution gives unless configured otherwise."""

_ACCEPTED = ", ".join(
    (
        *sorted(manifests.MANIFEST_MEDIA_TYPES),
        manifests.SIGNED_SCHEMA1,
        "application/vnd.docker.distribution.manifest.v1+json",
    )
)
_CHUNK = 1 << 20

DELETING_DISABLED = "the registry is read-only, or its configuration disables deleting (storage.delete.enabled)"

_ITS_OWN_FAULT = "that is a fault of the registry, or of a proxy before it: its log tells more"

_CATALOG = "/v2/_catalog"

_NO_CATALOG = "is it a registry? some, such as Docker Hub, do not list their repositories: name one"

_IN_A_PATH = re.compile(r"[\w./+:@~-]+", re.ASCII)
"""What can be part of a URL's path as it is: wider than the grammar of names, to which others may not keep."""

_PAGES_WITHOUT_NEWS = 100

_AREA = re.compile(r"\?|/(?:manifests|blobs|referrers)/")
"""Ends what all requests for one repository begin with."""

_REMEDIES = {403: "the user may not do this", 405: DELETING_DISABLED}


class Stored(NamedTuple):
    """A manifest as it is stored.

    Attributes:
        content: its bytes.
        media_type: as the registry tells.
    """

    content: bytes
    media_type: str


class RegistryApi:
    """Asks one registry; any number of threads may share it.

    Every method raises RegtoolError where the registry does not answer or refuses, and Unreadable where it fails on
    this one thing alone.

    Args:
        url: its address, such as `https://registry.example.com`.
        login: who asks; None for nobody.
        page: names to ask for in one answer.
    """

    def __init__(self, url: str, login: Login | None, page: int = PAGE) -> None:
        self.url, self._page = url, page
        self._transport = Transport()
        self._authorization = Authorization(self._transport, url, login)
        self._tells_referrers = True

    def close(self) -> None:
        """Close all connections; no request may be under way."""
        self._transport.close()

    # Names

    def repositories(self) -> Iterator[str]:
        """Give the names of all repositories, page by page."""
        return self._names(_CATALOG, "repositories")

    def has_repository(self, repository: str) -> bool:
        """Tell whether there is a repository of this name."""
        answer = self.ask("GET", f"/v2/{repository}/tags/list?n=1")
        return self._found(answer, f"whether there is a repository {repository}")

    def tag_names(self, repository: str) -> Iterator[str]:
        """Give the names of a repository's tags, page by page; none where there is no such repository."""
        return self._names(f"/v2/{repository}/tags/list", "tags")

    def _names(self, target: str, key: str) -> Iterator[str]:
        following: str | None = f"{target}?n={self._page}"
        asked, last, without_news = set[str](), set[str](), 0
        while following:
            answer = self.ask("GET", following)
            if answer.status == 400 and not asked:
                # Its pages are smaller, by its configuration: without a number it gives what it can.
                answer = self.ask("GET", target)
            if answer.status >= 500:
                raise RegtoolError(f"{self.url} does not tell the list {target}", answer.explanation(), _ITS_OWN_FAULT)
            if not self._found(answer, f"the list {target}"):
                if target == _CATALOG:
                    raise RegtoolError(f"{self.url} lists no repositories", answer.explanation(), _NO_CATALOG)
                return
            names = dict.fromkeys(self._listed(answer, target, key))
            news = [name for name in names if name not in last]
            yield from news
            asked.add(following)
            following, last = self._following(answer, following), set(names)
            without_news = 0 if news else without_news + 1
            if following in asked or without_news > _PAGES_WITHOUT_NEWS:
                why = "it leads back to a page that was read" if following in asked else "it brings no more names"
                raise RegtoolError(f"the list {self.url}{target} does not end", why, _ITS_OWN_FAULT)

    def _listed(self, answer: Answer, target: str, key: str) -> list[str]:
        try:
            names = [str(name) for name in json.loads(answer.body)[key] or ()]
        except KeyError:
            raise RegtoolError(f"{self.url}{target} is no list of names", f"it has no {key}", _NO_CATALOG) from None
        except (ValueError, TypeError) as error:
            raise RegtoolError(f"{self.url}{target} is no list of names", str(error), "is it a registry?") from error
        if odd := [name for name in names if not _IN_A_PATH.fullmatch(name)]:
            why = f"no image can be called {odd[0]!r}"
            raise RegtoolError(f"{self.url}{target} lists what is no name", why, _ITS_OWN_FAULT)
        return names

    def _following(self, answer: Answer, current: str) -> str | None:
        """Give path and query of the next page. Behind a proxy a registry need not know its own host's name."""
        link = next_page(answer.headers.get("link", ""))
        parts = urlsplit(urljoin(f"{self.url}{current}", link)) if link else None
        return f"{parts.path}?{parts.query}" if parts else None

    # Manifests and blobs

    def digest_of(self, repository: str, reference: str) -> str | None:
        """Give the digest that a tag points to; None if there is no such tag, or it points nowhere."""
        answer = self.ask("HEAD", _manifest(repository, reference), {"Accept": _ACCEPTED})
        if not self._found(answer, f"{repository}:{reference}"):
            return None
        told = answer.headers.get("docker-content-digest")
        if told:
            return told
        stored = self.manifest(repository, reference)
        return f"sha256:{hashlib.sha256(stored.content).hexdigest()}" if stored else None

    def manifest(self, repository: str, reference: str) -> Stored | None:
        """Read a manifest by tag or digest; None if there is none."""
        answer = self.ask("GET", _manifest(repository, reference), {"Accept": _ACCEPTED})
        if not self._found(answer, f"the manifest {reference} of {repository}"):
            return None
        return Stored(answer.body, answer.headers.get("content-type", ""))

    def blob_size(self, repository: str, digest: str) -> int | None:
        """Give a blob's size in bytes; None if it is not there."""
        answer = self.ask("HEAD", _blob(repository, digest))
        if not self._found(answer, f"the blob {digest} of {repository}"):
            return None
        length = answer.headers.get("content-length", "")
        if not length.isdecimal():
            raise Unreadable(f"the blob {digest} of {repository} has no size", "comes without its size")
        return int(length)

    def blob(self, repository: str, digest: str) -> bytes | None:
        """Read a small blob; None if it is not there."""
        answer = self.ask("GET", _blob(repository, digest))
        return answer.body if self._found(answer, f"the blob {digest} of {repository}") else None

    def hash_blob(self, repository: str, digest: str) -> str | None:
        """Read a blob of any size, and give the digest of what came; None if it is not there."""
        algorithm = digest.partition(":")[0]

        def hashed(response: http.client.HTTPResponse) -> bytes:
            digester = hashlib.new(algorithm)
            while chunk := response.read(_CHUNK):
                digester.update(chunk)
            return digester.hexdigest().encode()

        answer = self.ask("GET", _blob(repository, digest), read=hashed)
        if not self._found(answer, f"the blob {digest} of {repository}"):
            return None
        return f"{algorithm}:{answer.body.decode()}"

    def read_blob(self, repository: str, digest: str, read: Read) -> bool:
        """Have a blob of any size read; False if it is not there. `read` is called anew where the connection breaks."""
        answer = self.ask("GET", _blob(repository, digest), read=read)
        return self._found(answer, f"the blob {digest} of {repository}")

    def referrers(self, repository: str, digest: str) -> list[dict[str, Any]] | None:
        """Give the descriptors of the manifests whose subject a manifest is; None where the registry tells no such.

        By the specification, one that does answers with an empty list where there are none.
        """
        if not self._tells_referrers:
            return None
        found: list[dict[str, Any]] = []
        following: str | None = f"/v2/{repository}/referrers/{digest}"
        asked = set[str]()
        while following and following not in asked:
            answer = self.ask("GET", following, {"Accept": manifests.OCI_INDEX})
            if answer.status in (400, 404, 405):
                self._tells_referrers = False
                return None
            self._found(answer, f"what refers to {digest} of {repository}")
            try:
                found += json.loads(answer.body)["manifests"] or ()
            except (ValueError, KeyError, TypeError):
                # Some answer whatever they are asked with a page.
                self._tells_referrers = False
                return None
            asked.add(following)
            following = self._following(answer, following)
        return found

    # Changes

    def put_manifest(self, repository: str, reference: str, stored: Stored) -> None:
        """Put a manifest under a tag, which points to it then, or under its digest."""
        answer = self.ask("PUT", _manifest(repository, reference), {"Content-Type": stored.media_type}, stored.content)
        self.require(answer, (201, 202), f"{repository}{'@' if ':' in reference else ':'}{reference} cannot be set")

    def delete_manifest(self, repository: str, reference: str) -> Answer:
        """Ask for the deletion of a tag, or of a digest with all its tags; gives whatever the answer is."""
        return self.ask("DELETE", _manifest(repository, reference))

    # Requests

    def ask(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: Body = b"",
        read: Read = whole,
        idempotent: bool | None = None,
    ) -> Answer:
        """Send a request with the login it takes.

        Args:
            method, target, headers, body, read, idempotent: see `Transport.send`; `target` is path and query. A body in
                pieces can be sent once: the answer may be of status 401 then, and the login is known for the next one.

        Raises:
            Unanswered: there is no answer.
            RegtoolError: the login does not hold.
        """
        area = f"{_right(method)} {_AREA.split(target, maxsplit=1)[0]}"
        url = f"{self.url}{target}"
        for attempt in (1, 2):
            sent = {**(headers or {}), **self._authorization.header(area)}
            answer = self._transport.send(method, url, sent, body, read, idempotent)
            if answer.status != 401:
                return answer
            if attempt == 1:
                self._authorization.learn(answer, area)
            if not isinstance(body, bytes):
                return answer
        raise self._authorization.refused(answer)

    def require(self, answer: Answer, wanted: tuple[int, ...], what: str) -> None:
        """Check an answer's status.

        Raises:
            RegtoolError: it is another.
        """
        if answer.status not in wanted:
            raise RegtoolError(what, answer.explanation(), _REMEDIES.get(answer.status, ""))

    def _found(self, answer: Answer, what: str) -> bool:
        if answer.status >= 500:
            raise Unreadable(f"{what} cannot be read", f"cannot be read: {answer.explanation()}")
        self.require(answer, (200, 404), f"{self.url} does not tell {what}")
        return answer.status == 200


def _right(method: str) -> str:
    """Name the right that a request takes: what is pushed takes several requests, and one token."""
    return "push" if method in ("POST", "PUT", "PATCH") else method


def _manifest(repository: str, reference: str) -> str:
    return f"/v2/{repository}/manifests/{reference}"


def _blob(repository: str, digest: str) -> str:
    return f"/v2/{repository}/blobs/{digest}"
