"""Inspection of a registry's content by its API."""

from __future__ import annotations

import hashlib

from solakube_regtool.errors import Unreadable
from solakube_regtool.http.parallel import Once
from solakube_regtool.oci import digests
from solakube_regtool.oci import manifest as manifests
from solakube_regtool.registry_api.client import RegistryApi

_Place = tuple[str, str]
"""Repository and digest: the API gives a blob only by a repository that it is linked in."""


class ApiInspector:
    """Implements `source.Inspector`. Everything is asked for once in each repository, and read once if need be.

    Args:
        api: of the registry.
        deep: read and hash every blob.
    """

    def __init__(self, api: RegistryApi, deep: bool) -> None:
        self._api, self._deep = api, deep
        self._manifests: Once[_Place, tuple[manifests.Manifest | None, str]] = Once(self._read)
        self._sizes: Once[_Place, int | str] = Once(self._size)
        self._hashed: Once[str, str] = Once(self._hash)
        self._place_of: dict[str, _Place] = {}
        self._there: set[str] = set()

    @property
    def looked_at(self) -> int:
        """How many blobs have been looked at, each once however many repositories have it."""
        return len(self._there)

    def manifest(self, repository: str, digest: str) -> tuple[manifests.Manifest | None, str]:
        """Read a manifest, and check its digest."""
        return self._manifests((repository, digest))

    def blob(self, repository: str, blob: manifests.Descriptor) -> str:
        """Ask for a blob's size, and read it if need be."""
        place = (repository, blob.digest)
        size = self._sizes(place)
        if isinstance(size, str):
            return size
        if blob.size not in (-1, size):
            return f"has {size} bytes instead of {blob.size}"
        if not self._deep:
            return ""
        self._place_of.setdefault(blob.digest, place)
        return self._hashed(blob.digest)

    def _read(self, place: _Place) -> tuple[manifests.Manifest | None, str]:
        try:
            stored = self._api.manifest(*place)
        except Unreadable as error:
            return None, error.why
        if stored is None:
            return None, "is missing"
        self._there.add(place[1])
        read = manifests.parse(stored.content)
        # A schema 1 manifest is named by what was signed, without the signatures.
        algorithm, _ = digests.parts(digests.parse(place[1]))
        found = f"{algorithm}:{hashlib.new(algorithm, stored.content).hexdigest()}"
        if found != place[1] and read.kind != manifests.SCHEMA1:
            return None, f"has other content: {found}"
        return read, ""

    def _size(self, place: _Place) -> int | str:
        try:
            size = self._api.blob_size(*place)
        except Unreadable as error:
            return error.why
        if size is None:
            return "is missing"
        self._there.add(place[1])
        return size

    def _hash(self, digest: str) -> str:
        try:
            found = self._api.hash_blob(*self._place_of[digest])
        except Unreadable as error:
            return error.why
        if found is None:
            return "is missing"
        return "" if found == digest else f"has other content: {found}"
