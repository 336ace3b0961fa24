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
    for failure in (_failure(lambda: _compare(bucket, key, content)), _failure(lambda: bucket.delete([key]))):
        if failure:
            yield failure


def _compare(bucket: Bucket, key: str, content: bytes) -> None:
    if bucket.read(key) != content:
        raise RegtoolError(f"{bucket.address}: what was just written reads otherwise", f"the object is {key}")


def _failure(action: Callable[[], object]) -> RegtoolError | None:
    try:
        action()
    except RegtoolError as error:
        return error
    return None


def _is_denied(error: RegtoolError) -> bool:
    return isinstance(error, S3Error) and error.status == _FORBIDDEN and error.code == _DENIED
