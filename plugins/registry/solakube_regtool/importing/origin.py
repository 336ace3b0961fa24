"""Where images are imported from: what a foreign data folder and another registry's API have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Optional, Protocol

from solakube_regtool.errors import Unreadable
from solakube_regtool.oci.manifest import Descriptor
from solakube_regtool.registry_api.client import Stored
from solakube_regtool.sources.source import Source

Receive = Callable[[Iterable[bytes], Optional[int]], None]
"""Takes a blob's content in pieces, and its size in bytes where that is known; called anew when reading breaks off."""


class Origin(Protocol):
    """Where images come from; it is only read. Any number of threads may share it.

    Attributes:
        source: its repositories and tags.
    """

    @property
    def source(self) -> Source: ...

    def manifest(self, repository: str, digest: str) -> Stored | None:
        """Read a manifest, byte for byte; None if it is not there.

        Raises:
            RegtoolError: it cannot be read.
        """

    def read_blob(self, repository: str, blob: Descriptor, receive: Receive) -> bool:
        """Have a blob's content received; False if it is not there.

        Raises:
            RegtoolError: it cannot be read, or what `receive` raises.
        """

    def referrers(self, repository: str, digest: str) -> Sequence[Mapping[str, Any]]:
        """Give the descriptors of the manifests whose subject a manifest is, such as signatures.

        A folder gives their digests alone: its clients have made tags that tell the rest.

        Raises:
            RegtoolError: that cannot be told.
        """


def require_size(blob: Descriptor, size: int | None) -> None:
    """Make sure that a blob has the size that its manifest tells, as far as either is known.

    Raises:
        Unreadable: it has another.
    """
    if size is not None and blob.size not in (-1, size):
        raise _wrong(blob, f"has {size} bytes instead of {blob.size}")


class Hashed:
    """Gives a blob's pieces on, and hashes them meanwhile.

    Args:
        pieces: its content.
        blob: what it should be.
    """

    def __init__(self, pieces: Iterable[bytes], blob: Descriptor) -> None:
        self._pieces, self._blob = pieces, blob
        self._algorithm = blob.digest.partition(":")[0]
        self._digester = hashlib.new(self._algorithm)

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._digester.update(piece)
            yield piece

    def require_right(self) -> None:
        """Make sure that they were the right ones, when all of them have been given on.

        Raises:
            Unreadable: they were not.
        """
        found = f"{self._algorithm}:{self._digester.hexdigest()}"
        if found != self._blob.digest:
            raise _wrong(self._blob, f"has other content: {found}")


def _wrong(blob: Descriptor, why: str) -> Unreadable:
    return Unreadable(f"the blob {blob.digest} {why}", why)
