"""What an S3 server says, read from its XML."""

from __future__ import annotations

import calendar
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote_plus

from solakube_regtool.errors import RegtoolError
from solakube_regtool.http.transport import Answer


class Object(NamedTuple):
    """An object as a listing tells of it.

    Attributes:
        key: its name, the bucket's prefix included.
        size: bytes.
        modified: when it was written, in seconds since 1970.
        etag: hexadecimal MD5 of its content where it was written in one piece and not encrypted; else something else.
    """

    key: str
    size: int
    modified: float
    etag: str = ""


class Page(NamedTuple):
    """A page of a listing.

    Attributes:
        objects: those on it.
        folders: beginnings, up to the delimiter, that further keys have in common.
        token: asks for the next page; "" where this is the last.
    """

    objects: list[Object]
    folders: list[str]
    token: str


class Upload(NamedTuple):
    """An upload in parts that is not finished.

    Attributes:
        key: of the object that it is to be.
        identity: S3's name for it.
        begun: in seconds since 1970.
    """

    key: str
    identity: str
    begun: float


class S3Error(RegtoolError):
    """A server refused what it was asked for.

    Attributes:
        status: the HTTP status.
        code: S3's word for the reason, such as AccessDenied; "" where it said none.
    """

    def __init__(self, what: str, why: str, hint: str, status: int, code: str) -> None:
        super().__init__(what, why, hint)
        self.status = status
        self.code = code


def page(body: bytes) -> Page:
    """Read an answer to ListObjectsV2.

    Raises:
        RegtoolError: it is something else.
    """
    root = _parsed(body, "ListBucketResult")
    decoded = unquote_plus if _text(root, "EncodingType") == "url" else str
    objects = [
        _object({_name(child): child.text or "" for child in entry}, decoded) for entry in _all(root, "Contents")
    ]
    folders = [decoded(_text(entry, "Prefix")) for entry in _all(root, "CommonPrefixes")]
    more = _text(root, "IsTruncated") == "true"
    return Page(objects, folders, _text(root, "NextContinuationToken") if more else "")


def _object(said: Mapping[str, str], decoded: Callable[[str], str]) -> Object:
    size, modified = int(said.get("Size") or 0), seconds(said.get("LastModified", ""))
    return Object(decoded(said.get("Key", "")), size, modified, said.get("ETag", "").strip('"'))


def uploads(body: bytes) -> tuple[list[Upload], dict[str, str]]:
    """Read an answer to ListMultipartUploads; with what asks for the next page, nothing where this is the last.

    Raises:
        RegtoolError: it is something else.
    """
    root = _parsed(body, "ListMultipartUploadsResult")
    found = [
        Upload(_text(entry, "Key"), _text(entry, "UploadId"), seconds(_text(entry, "Initiated")))
        for entry in _all(root, "Upload")
    ]
    more = {"key-marker": _text(root, "NextKeyMarker"), "upload-id-marker": _text(root, "NextUploadIdMarker")}
    return found, more if _text(root, "IsTruncated") == "true" else {}


def parts(body: bytes) -> tuple[int, dict[str, str]]:
    """Read an answer to ListParts: their bytes, and what asks for the next page.

    Raises:
        RegtoolError: it is something else.
    """
    root = _parsed(body, "ListPartsResult")
    size = sum(int(_text(entry, "Size") or 0) for entry in _all(root, "Part"))
    more = {"part-number-marker": _text(root, "NextPartNumberMarker")}
    return size, more if _text(root, "IsTruncated") == "true" else {}


def undeleted(body: bytes) -> list[tuple[str, str]]:
    """Give the objects that DeleteObjects left, each with the reason.

    Raises:
        RegtoolError: it is something else.
    """
    return [(_text(entry, "Key"), _text(entry, "Code")) for entry in _all(_parsed(body, "DeleteResult"), "Error")]


def refusal(answer: Answer) -> tuple[str, str]:
    """Give the code and the message of an error; "" for what it does not tell."""
    try:
        root = ElementTree.fromstring(answer.body)
    except ElementTree.ParseError:
        return "", ""
    return (_text(root, "Code"), _text(root, "Message")) if _name(root) == "Error" else ("", "")


def seconds(moment: str) -> float:
    """Read a time such as 2026-11-28T16:00:00.000Z; 0 for what is none."""
    try:
        return float(calendar.timegm(time.strptime(moment[:19], "%Y-%m-%dT%H:%M:%S")))
    except ValueError:
        return 0.0


def _parsed(body: bytes, name: str) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(body)
        if _name(root) == name:
            return root
        why = f"it sent a {_name(root)}"
    except ElementTree.ParseError as error:
        why = f"it sent no XML: {error}"
    raise RegtoolError(f"the server does not answer as S3 does: {name} was asked for", why, "check the endpoint")


def _name(element: ElementTree.Element) -> str:
    """Give an element's name; servers differ in the namespace."""
    return element.tag.rpartition("}")[2]


def _all(element: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (child for child in element if _name(child) == name)


def _text(element: ElementTree.Element, name: str) -> str:
    return next((child.text or "" for child in _all(element, name)), "")
