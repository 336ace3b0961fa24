"""A stream of references and blobs between a registry and a backup that no folder connects, such as an exec into a pod.

It is made of the program's usual lines of JSON, each with its "type":

    taken        format (see `moments.FORMAT`), at (seconds since 1970): the moment of what follows
    references   document: see `references.References.as_document`
    all          no more references
    blob         digest; then its pieces
    piece        size: so many bytes follow the line as they are; 0 ends the blob
    missing      digest: of a blob that the sender has not got
    whole        the end; without it something was cut off

Whoever sends may say at any of these lines that he cannot go on, by a problem, and whoever receives hashes all himself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from solakube_regtool.backup.references import References
from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import digests
from solakube_regtool.storage.tree import Tree

TAKEN, REFERENCES, ALL, WHOLE = "taken", "references", "all", "whole"
BLOB, PIECE, MISSING = "blob", "piece", "missing"

Told = Callable[[str], None]
"""Told what the other side says of what it is doing."""


def line(kind: str, **fields: object) -> bytes:
    """Write a line."""
    return json.dumps({"type": kind, **fields}).encode() + b"\n"


def references_line(one: References) -> bytes:
    """Write the references of a repository."""
    return line(REFERENCES, document=one.as_document())


def blob(source: Tree, key: bytes) -> Iterator[bytes]:
    """Write a blob, or that it is missing.

    Raises:
        OSError: it cannot be read.
    """
    pieces, digest = source.blob_pieces(key), digests.text(key)
    if pieces is None:
        yield line(MISSING, digest=digest)
        return
    yield line(BLOB, digest=digest)
    for piece in pieces:
        if piece:
            yield line(PIECE, size=len(piece)) + piece
    yield line(PIECE, size=0)


class Readable(Protocol):
    """Where a stream comes from."""

    def readline(self) -> bytes:
        """Read a line; the rest of one, or nothing, at the end."""

    def read(self, size: int) -> bytes:
        """Read so many bytes; fewer at the end."""


class CutOffError(RegtoolError):
    """The other side has gone, and did not say why."""


class Stream:
    """Reads such a stream.

    Args:
        file: where it comes from.
        told: told what the other side says.
    """

    def __init__(self, file: Readable, told: Told = lambda _: None) -> None:
        self._file, self._told = file, told

    def next(self) -> dict[str, Any]:
        """Read the next line that is no mere talk.

        Raises:
            RegtoolError: the other side cannot go on, or the stream was cut off.
            OSError: it cannot be read.
        """
        while True:
            record = self._parsed(self._file.readline())
            if record["type"] == "problem":
                raise RegtoolError(record["what"], record["why"], record["remedy"])
            if record["type"] not in ("progress", "note"):
                return record
            self._told(record["text"])

    def expect(self, kind: str) -> dict[str, Any]:
        """Read a line of a kind.

        Raises:
            RegtoolError, OSError: as for `next`, or it is another one.
        """
        record = self.next()
        if record["type"] != kind:
            raise RegtoolError("the stream is out of order", f"{record['type']} came where {kind} was due")
        return record

    def pieces(self) -> Iterator[bytes]:
        """Read the pieces of the blob that was told last. All must be read before the next line.

        Raises:
            RegtoolError, OSError: as for `next`.
        """
        while size := self.expect(PIECE)["size"]:
            piece = self._file.read(size)
            if len(piece) < size:
                raise _cut_off()
            yield piece

    def _parsed(self, text: bytes) -> dict[str, Any]:
        if not text.endswith(b"\n"):
            raise _cut_off()
        try:
            record: dict[str, Any] = json.loads(text)
        except ValueError:
            raise RegtoolError("the stream is no stream of a backup", repr(text[:200])) from None
        return record


def _cut_off() -> CutOffError:
    hint = "run it again: what has arrived is not sent again"
    return CutOffError("the stream was cut off", "the other side ended before it was done", hint)
