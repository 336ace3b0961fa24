"""Whether a registry can work on a bucket: it is tried, and what was written for it is deleted again."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

from solakube_regtool.errors import RegtoolError
from solakube_regtool.s3.answers import S3Error
from solakube_regtool.s3.bucket import Bucket

_DENIED = "AccessDenied"
_FORBIDDEN = 403


def faults(bucket: Bucket) -> Iterator[RegtoolError]:
    """Give what is missing: to list, write, read and delete below the address's prefix.

    A right that is missing does not hide the others; a server that does not answer, or knows neither bucket nor keys,
    is all there is to tell.
    """
    key = bucket.address.key(f"solakube-check-{secrets.token_hex(8)}")
    content = secrets.token_bytes(16)
    listed = _failure(lambda: bucket.first(bucket.address.key("")))
    if listed:
        yield listed
        if not _is_denied(listed):
            return
    written = _failure(lambda: bucket.write(key, content))
    if written:
        yield written
        return
    tries = (lambda: _compare(bucket, key, content), lambda: _create(bucket, key), lambda: bucket.delete([key]))
    yield from filter(None, map(_failure, tries))


def _compare(bucket: Bucket, key: str, content: bytes) -> None:
    if bucket.read(key) != content:
        raise RegtoolError(f"{bucket.address}: what was just written reads otherwise", f"the object is {key}")


def _create(bucket: Bucket, key: str) -> None:
    """Try to create what is there already."""
    if bucket.create(key, b"another's"):
        what = f"{bucket.address}: its server writes over what is there when it is told not to (If-None-Match)"
        why = "collections in the bucket rely on that to run one at a time"
        raise RegtoolError(what, why, "take a server, or a release of it, with conditional writes")


def _failure(action: Callable[[], object]) -> RegtoolError | None:
    try:
        action()
    except RegtoolError as error:
        return error
    return None


def _is_denied(error: RegtoolError) -> bool:
    return isinstance(error, S3Error) and error.status == _FORBIDDEN and error.code == _DENIED
