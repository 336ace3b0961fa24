"""The manifests and blobs of one repository, by the API."""

from __future__ import annotations

from solakube_regtool.oci import digests
from solakube_regtool.oci import manifest as manifests
from solakube_regtool.registry_api.client import RegistryApi


class ApiContents:
    """Implements `source.Contents`. Sizes are those that manifests tell: to ask for each would take a request.

    Args:
        api: of the registry.
        repository: whose contents.
    """

    def __init__(self, api: RegistryApi, repository: str) -> None:
        self._api, self._repository = api, repository
        self.sizes: dict[bytes, int] = {}

    def manifest_of(self, key: bytes) -> manifests.Manifest | None:
        """Read a manifest, and with it the sizes of what it refers to."""
        stored = self._api.manifest(self._repository, digests.text(key))
        if stored is None:
            return None
        read = manifests.parse(stored.content)
        self.sizes[key] = len(stored.content)
        for blob in (*read.blobs, *(child for child in read.children if not child.may_be_manifest)):
            self.sizes.setdefault(blob.key, self._size(blob))
        return read

    def _size(self, blob: manifests.Descriptor) -> int:
        """Docker's schema 1 tells no sizes. What is stored elsewhere takes none here."""
        if blob.external:
            return 0
        return blob.size if blob.size >= 0 else self._api.blob_size(self._repository, blob.digest) or 0

    def blob_size(self, key: bytes) -> int | None:
        """Give a blob's size; None where no manifest that was read has told it."""
        return self.sizes.get(key)

    def read_blob(self, key: bytes) -> bytes | None:
        """Read a small blob."""
        return self._api.blob(self._repository, digests.text(key))
