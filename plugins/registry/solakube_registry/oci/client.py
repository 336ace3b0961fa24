"""The part of the OCI Distribution Specification 1.1 that pushing, pulling and deleting take."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit

from solakube_regtool.errors import RegtoolError
from solakube_regtool.http.transport import Answer, Transport
from solakube_regtool.registry_api.login import Login

from solakube_core.plugin import Address, SolakubeError
from solakube_registry.oci.content import INDEX, MANIFEST, Content, digest_of

_ACCEPTED = ", ".join(
    (
        INDEX,
        MANIFEST,
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)

_REMEDIES = {
    401: "check the user name and the password",
    403: "the user may not do this",
    405: "the registry is read-only at the moment, or deleting is disabled in its configuration",
    413: "the proxy in front of the registry limits the size of a request: deploy the registry again, which "
    "lifts the limit, or raise it there",
}

# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
_REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_REFERENCE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|sha256:[0-9a-f]{64}")


class Refused(SolakubeError):
    """The registry answered, but not as asked.

    Attributes:
        status: the HTTP status.
    """

    def __init__(self, what: str, status: int, why: str) -> None:
        super().__init__(what, why, _REMEDIES.get(status, ""))
        self.status = status


class Unreachable(SolakubeError):
    """The registry did not answer at all."""


class RegistryClient:
    """Talks to one registry; a context manager that closes its connection.

    Args:
        address: of the registry.
        login: who asks; None for nobody.
    """

    def __init__(self, address: Address, login: Login | None) -> None:
        self._url = address.url.rstrip("/")
        self._login = {"Authorization": login.basic()} if login else {}
        self._transport = Transport(address.trust)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transport.close()

    def status(self) -> int:
        """Return the HTTP status of the API's root: 200 when logged in, 401 when a login is wanted."""
        return self._send("GET", "/v2/").status

    def has_blob(self, repository: str, digest: str) -> bool:
        """Tell whether a repository has a blob."""
        answer = self._ask("HEAD", f"{_path(repository)}/blobs/{_reference(digest)}", allow=(200, 404))
        return answer.status == 200

    def upload(self, repository: str, blob: Content, mount_from: str = "") -> None:
        """Put a blob into a repository, in one piece; nothing is sent when it is there.

        Args:
            mount_from: a repository of the same registry that may have it: it is then linked, not sent.

        Raises:
            Refused: the registry did not take it.
        """
        if self.has_blob(repository, blob.digest):
            return
        query = f"?mount={quote(blob.digest)}&from={quote(mount_from, safe='')}" if mount_from else ""
        begun = self._ask("POST", f"{_path(repository)}/blobs/uploads/{query}", allow=(201, 202))
        if begun.status == 202:
            self._ask("PUT", _upload_target(begun, blob.digest), (201,), blob.data, "application/octet-stream")

    def put_manifest(self, repository: str, reference: str, manifest: Content) -> None:
        """Put a manifest under a tag or under its digest.

        Raises:
            Refused: the registry did not take it, such as when something it names is missing.
        """
        target = f"{_path(repository)}/manifests/{_reference(reference)}"
        self._ask("PUT", target, (201,), manifest.data, manifest.media_type)

    def manifest(self, repository: str, reference: str) -> Content:
        """Return the manifest of a tag or a digest, byte for byte.

        Raises:
            Refused: there is none.
        """
        target = f"{_path(repository)}/manifests/{_reference(reference)}"
        answer = self._ask("GET", target, (200,), headers={"Accept": _ACCEPTED})
        return Content(answer.headers.get("content-type", ""), answer.body)

    def blob(self, repository: str, digest: str) -> bytes:
        """Return a blob, checked against its digest.

        Raises:
            Refused: there is none.
            SolakubeError: other bytes came.
        """
        data = self._ask("GET", f"{_path(repository)}/blobs/{_reference(digest)}", (200,)).body
        if digest_of(data) != digest:
            raise SolakubeError(
                f"{self._url} sent damaged content",
                f"the blob {digest} of {repository} came as {digest_of(data)}",
                "`sk registry fsck --deep` tells what else is damaged",
            )
        return data

    def delete(self, repository: str, collection: str, digest: str) -> None:
        """Delete a manifest with all its tags, or a repository's link to a blob; gone already is fine.

        Args:
            collection: "manifests" or "blobs".
        """
        self._ask("DELETE", f"{_path(repository)}/{collection}/{_reference(digest)}", allow=(202, 404))

    def _ask(
        self,
        method: str,
        target: str,
        allow: tuple[int, ...],
        body: bytes = b"",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = {**(headers or {}), **({"Content-Type": content_type} if content_type else {})}
        answer = self._send(method, target, sent, body)
        if answer.status not in allow:
            path = target.partition("?")[0]
            raise Refused(f"{self._url} refused {method} {path}", answer.status, answer.explanation())
        return answer

    def _send(self, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """Send a request with the login.

        Raises:
            Unreachable: there is no connection, or it broke.
        """
        try:
            return self._transport.send(method, f"{self._url}{target}", {**self._login, **(headers or {})}, body)
        except RegtoolError as error:
            raise Unreachable(error.what, error.why, _remedy(error.__cause__)) from error


def _remedy(error: BaseException | None) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "`sk registry trust` tells how to trust the registry's certificate authority"
    if isinstance(error, socket.gaierror):
        return "give the name an address in the DNS or in /etc/hosts, or go through `sk registry forward`"
    return "`sk status registry` tells whether the registry runs; `sk registry forward` leads to it from here"


def _path(repository: str) -> str:
    if not _REPOSITORY.fullmatch(repository):
        raise SolakubeError(
            f"{repository!r} is no repository name",
            "it takes lower-case letters, digits and single separators . _ - between them, parts split by /",
            "choose another name",
        )
    return f"/v2/{repository}"


def _reference(reference: str) -> str:
    if not _REFERENCE.fullmatch(reference):
        raise SolakubeError(
            f"{reference!r} is neither a tag nor a digest",
            "a tag has up to 128 letters, digits and . _ - and begins with none of . and -",
            "choose another tag",
        )
    return reference


def _upload_target(begun: Answer, digest: str) -> str:
    """Return path and query for the upload.

    Scheme and host of the Location are left out: behind a proxy or a port-forward the registry cannot know
    under which name it was reached, and the connection that began the upload leads to the right place.
    """
    location = urlsplit(begun.headers.get("location", ""))
    query = f"{location.query}&" if location.query else ""
    return f"{location.path}?{query}digest={quote(digest)}"
