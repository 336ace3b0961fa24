"""Pushing blobs to a registry, by the OCI Distribution Specification 1.1, "Pushing Blobs"."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from urllib.parse import quote, urljoin, urlsplit

from solakube_regtool.errors import RegtoolError, Unanswered
from solakube_regtool.http.transport import BUSY, Answer
from solakube_regtool.registry_api.client import RegistryApi


class Interrupted(RegtoolError):
    """A blob did not arrive, and may when it is sent anew from its beginning."""


def put(api: RegistryApi, repository: str, digest: str, content: bytes) -> None:
    """Put a small blob into a repository, unless it is there.

    Raises:
        RegtoolError: the registry does not take it.
    """
    if api.blob_size(repository, digest) is None:
        finish(api, repository, begin(api, repository), digest, content)


def begin(api: RegistryApi, repository: str, digest: str = "", origin: str = "") -> str:
    """Begin to push a blob.

    Args:
        api: of the registry.
        repository: where to.
        digest: the blob's, with `origin`.
        origin: another repository of the registry, which has it: it is linked then, and nothing sent.

    Returns:
        Path and query of the upload; "" where the blob is linked already.

    Raises:
        RegtoolError: nothing can be pushed there.
    """
    mount = f"?mount={quote(digest)}&from={quote(origin, safe='')}" if origin else ""
    # One that was begun twice leaves an empty upload behind, which the registry removes after a week.
    begun = api.ask("POST", f"/v2/{repository}/blobs/uploads/{mount}", idempotent=True)
    api.require(begun, (201, 202) if origin else (202,), f"nothing can be pushed to {repository}")
    return "" if begun.status == 201 else _location(begun, repository)


def send(api: RegistryApi, repository: str, upload: str, content: Iterable[bytes], length: int | None) -> str:
    """Push a blob's content, all of it.

    Args:
        api: of the registry.
        repository: where to.
        upload: of `begin`.
        content: its bytes, in pieces.
        length: how many these are; None where that is not known.

    Returns:
        Path and query of the upload as it is now.

    Raises:
        Interrupted: it has to be sent anew.
        RegtoolError: the registry does not take it.
    """
    headers = {"Content-Type": "application/octet-stream"}
    if length is not None:
        headers["Content-Length"] = str(length)
    what = f"nothing can be pushed to {repository}"
    try:
        answer = api.ask("PATCH", upload, headers, content)
    except Unanswered as error:
        raise Interrupted(error.what, error.why, error.hint) from error
    if answer.status == 401 or answer.status in BUSY:
        raise Interrupted(what, answer.explanation())
    api.require(answer, (202,), what)
    return _location(answer, repository)


def finish(api: RegistryApi, repository: str, upload: str, digest: str, content: bytes = b"") -> None:
    """Have the registry check what arrived, and make it a blob.

    Args:
        api: of the registry.
        repository: where to.
        upload: of `begin` or `send`.
        digest: the blob's.
        content: what comes on top of what was sent.

    Raises:
        RegtoolError: the registry does not take it.
    """
    headers = {"Content-Type": "application/octet-stream"}
    put = api.ask("PUT", f"{upload}{'' if upload.endswith('?') else '&'}digest={quote(digest)}", headers, content)
    # Asked again, after it had done so, it knows of no such upload any more.
    if not put.repeated or api.blob_size(repository, digest) is None:
        api.require(put, (201, 204), f"nothing can be pushed to {repository}")


def cancel(api: RegistryApi, upload: str) -> None:
    """Have the registry forget an upload, as well as possible.

    Distribution does so after `begin` and after `send`, not in between: what was cut off goes after a week.
    """
    with contextlib.suppress(RegtoolError):
        api.ask("DELETE", upload)


def _location(answer: Answer, repository: str) -> str:
    """Give path and query. Behind a proxy a registry need not know its own host's name."""
    parts = urlsplit(urljoin(f"/v2/{repository}/blobs/uploads/", answer.headers.get("location", "")))
    return f"{parts.path}?{parts.query}"
