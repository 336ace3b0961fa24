"""Tags, manifests and blobs, whether they are read from a folder or from a registry's API."""

from __future__ import annotations

from typing import Protocol

from solakube_regtool.oci.manifest import Manifest


class Tagged(Protocol):
    """A tag; see `storage.tree.Tag`. Over the API nobody knows when it was pushed or pulled."""

    @property
    def repository(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def pushed(self) -> float | None: ...
    @property
    def pulled(self) -> float | None: ...


class Contents(Protocol):
    """The manifests and blobs of a repository, by their keys (see `digests`)."""

    def manifest_of(self, key: bytes) -> Manifest | None:
        """Read a manifest; None if there is none."""

    def blob_size(self, key: bytes) -> int | None:
        """Give a blob's size in bytes; None if it is not there, or only a manifest tells."""

    def read_blob(self, key: bytes) -> bytes | None:
        """Read a small blob, such as a configuration; None if it is not there."""
