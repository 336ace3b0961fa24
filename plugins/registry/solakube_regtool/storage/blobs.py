"""The blobs of a registry's storage tree, and what is odd in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import chain
from typing import NamedTuple

from solakube_regtool.oci import digests
from solakube_regtool.oci import manifest as manifests
from solakube_regtool.storage import files
from solakube_regtool.storage.place import Place

_ODDITIES_KEPT = 10_000

_WHY_EMPTY = "an empty manifest; kept with all that its repository links"
_WHY = {
    manifests.UNKNOWN: "a manifest of an unknown kind; kept with all it may refer to",
    manifests.DAMAGED: "a truncated or overwritten manifest, or none at all; kept with all that its repository links",
}


class Oddity(NamedTuple):
    """Something in the tree that is not as distribution writes it. It is left as it is.

    Attributes:
        path: the entry, from the data folder on.
        why: what is odd about it.
    """

    path: str
    why: str


class Blobs:
    """The blobs of a registry.

    Args:
        data: the folder that holds `docker/registry/v2` (the filesystem driver's `rootdirectory`).
        place: reads what has these paths.

    Attributes:
        place: reads what has these paths.
        root: `<data>/docker/registry/v2`.
        moved_to: tells where a blob lies that a collection has moved away, and may put back.
        oddities: what was found that cannot be understood, each entry once.
    """

    def __init__(self, data: str, place: Place = files) -> None:
        self.place = place
        self.data = os.path.abspath(data)
        self.root = f"{self.data}/docker/registry/v2"
        self.moved_to: Callable[[bytes], str] | None = None
        self._blobs = f"{self.root}/blobs"
        self._oddities: dict[str, str] = {}

    @property
    def oddities(self) -> tuple[Oddity, ...]:
        """What was found that cannot be understood, each entry once."""
        return tuple(Oddity(path, why) for path, why in self._oddities.items())

    def note(self, path: str, why: str) -> None:
        """Remember an oddity; `path` is absolute."""
        if len(self._oddities) < _ODDITIES_KEPT:
            self._oddities.setdefault(os.path.relpath(path, self.data), why)

    def blob_folder(self, key: bytes) -> str:
        """Give a blob's folder, which holds the file `data`."""
        algorithm, hex_digits = digests.parts(key)
        return f"{self._blobs}/{algorithm}/{hex_digits[:2]}/{hex_digits}"

    def blob_keys(self) -> Iterator[bytes]:
        """Give the keys of all stored blobs, in order within an algorithm."""
        for algorithm in self.place.folders(self._blobs):
            for prefix in sorted(self.place.folders(f"{self._blobs}/{algorithm}")):
                folder = f"{self._blobs}/{algorithm}/{prefix}"
                for name in sorted(self.place.names(folder)):
                    try:
                        yield digests.key_of(algorithm, name)
                    except ValueError:
                        self.note(f"{folder}/{name}", "not named by a digest")

    def blob_size(self, key: bytes) -> int | None:
        """Give a blob's size in bytes; None if it is not stored."""
        return self.place.size(self.blob_folder(key) + "/data")

    def read_blob(self, key: bytes, limit: int = manifests.LARGEST) -> bytes | None:
        """Read a small blob, such as a manifest or a configuration; None if it is not stored or cannot be read."""
        try:
            return self._content(key, limit)
        except OSError as error:
            self.note(f"{self.blob_folder(key)}/data", f"the blob cannot be read: {error.strerror}")
            return None

    def blob_pieces(self, key: bytes) -> Iterator[bytes] | None:
        """Read a blob piece by piece, however large; None if it is not stored.

        Raises:
            OSError: it cannot be read.
        """
        pieces = self.place.pieces(f"{self.blob_folder(key)}/data")
        try:
            return chain((next(pieces, b""),), pieces)
        except FileNotFoundError:
            return None

    def _content(self, key: bytes, limit: int) -> bytes | None:
        try:
            return self.place.read(f"{self.blob_folder(key)}/data", limit)
        except FileNotFoundError:
            return self._moved_content(key, limit)

    def _moved_content(self, key: bytes, limit: int) -> bytes | None:
        try:
            return self.place.read(f"{self.moved_to(key)}/data", limit) if self.moved_to else None
        except FileNotFoundError:
            return None

    def manifest(self, digest: str) -> manifests.Manifest | None:
        """Read a manifest by its sha256 digest; None if its blob is not stored."""
        return self.manifest_of(digests.parse(digest))

    def manifest_of(self, key: bytes, noted: bool = True) -> manifests.Manifest | None:
        """Read a manifest by its key; None if its blob is not stored. One that cannot be read is of the kind DAMAGED.

        Args:
            key: of its blob.
            noted: one that is not understood is an oddity.
        """
        try:
            content = self._content(key, manifests.LARGEST)
        except OSError as error:
            why = f"a manifest that cannot be read: {error.strerror}; kept with all that its repository links"
            self.note(f"{self.blob_folder(key)}/data", why)
            return manifests.Manifest(manifests.DAMAGED)
        if content is None:
            return None
        read = manifests.parse(content)
        if digests.is_canonical(key) and digests.sha256_key(content) != key:
            # It may have named others before it was overwritten.
            read = read._replace(kind=manifests.DAMAGED, subject=None)
        if noted and read.kind in _WHY:
            self.note(f"{self.blob_folder(key)}/data", _WHY[read.kind] if content else _WHY_EMPTY)
        return read
