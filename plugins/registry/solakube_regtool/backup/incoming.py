"""A backup taken from a stream, which a program beside the registry's data sends (see `stream`, `sending`)."""

from __future__ import annotations

from collections.abc import Iterator

from solakube_regtool.backup import stream
from solakube_regtool.backup.copying import MISSING, store_blob
from solakube_regtool.backup.moments import FORMAT
from solakube_regtool.backup.references import References, read_document
from solakube_regtool.backup.stream import Stream
from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import digests
from solakube_regtool.storage.tree import Tree


class StreamOrigin:
    """Implements `origin.Origin` over a stream.

    Args:
        incoming: the stream.

    Attributes:
        taken: when the registry's references were read there, in seconds since 1970.

    Raises:
        RegtoolError, OSError: as for `Stream.next`.
    """

    def __init__(self, incoming: Stream) -> None:
        self._incoming = incoming
        begun = incoming.expect(stream.TAKEN)
        if begun["format"] != FORMAT:
            why = f"it sends references of format {begun['format']}, and this one knows {FORMAT}"
            raise RegtoolError("the program beside the registry is another version", why, "deploy the registry anew")
        self.taken: float = begun["at"]

    def references(self) -> Iterator[References]:
        """Receive them."""
        while (record := self._incoming.next())["type"] == stream.REFERENCES:
            yield read_document(record["document"])
        if record["type"] != stream.ALL:
            raise RegtoolError("the stream is out of order", f"{record['type']} came among the references")

    def copy(self, key: bytes, target: Tree) -> str:
        """Receive a blob."""
        return receive_blob(self._incoming, self._incoming.next(), target, key)

    def require_held(self) -> None:
        """Make sure that the other side has come to its end: it says so when nothing was deleted."""
        self._incoming.expect(stream.WHOLE)


def receive_blob(incoming: Stream, record: dict[str, object], target: Tree, key: bytes) -> str:
    """Receive a blob of which the first line was read already, and store it.

    Args:
        incoming: the stream.
        record: that line.
        target: where it is to be.
        key: its digest.

    Returns:
        What is wrong with it; see `copying.store_blob`.

    Raises:
        RegtoolError: it is another blob, or the stream was cut off.
        OSError: it cannot be written.
    """
    if record["type"] not in (stream.BLOB, stream.MISSING) or record["digest"] != digests.text(key):
        raise RegtoolError("the stream is out of order", f"{record} came where {digests.text(key)} was due")
    return store_blob(incoming.pieces(), target, key) if record["type"] == stream.BLOB else MISSING
