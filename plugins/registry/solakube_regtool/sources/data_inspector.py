"""Inspection of a data folder's links and blobs."""

from __future__ import annotations

from solakube_regtool.oci import digests
from solakube_regtool.oci.manifest import Descriptor, Manifest
from solakube_regtool.storage.links import LAYERS, REVISIONS, Link
from solakube_regtool.storage.tree import Tree

NOT_LINKED = "is not linked"


class DataInspector:
    """Implements `source.Inspector`. Every blob is looked at once, every link for each tag.

    Args:
        data: the tree.
        deep: hash every blob.
    """

    def __init__(self, data: Tree, deep: bool) -> None:
        self._data, self._deep = data, deep
        self._seen: dict[bytes, str] = {}

    @property
    def looked_at(self) -> int:
        """How many blobs have been looked at."""
        return len(self._seen)

    def manifest(self, repository: str, digest: str) -> tuple[Manifest | None, str]:
        """Follow the link, and read the manifest."""
        link = Link(repository, REVISIONS, digests.parse(digest))
        key = self._data.resolve(link)
        if key is None or self._data.read_link(self._data.link_path(link)) is None:
            return None, self._unlinked(link)
        fault = self._blob(key, -1)
        return (None, fault) if fault else (self._data.manifest_of(key), "")

    def _unlinked(self, link: Link) -> str:
        if self._data.read_link(self._data.link_path(link._replace(kind=LAYERS))) is None:
            return NOT_LINKED
        return "is linked among the layers, as registry 2.1 did: registry 2.8 serves it, 3 does not"

    def blob(self, repository: str, blob: Descriptor) -> str:
        """Follow the link, and look at the blob."""
        link = Link(repository, LAYERS, blob.key)
        key = self._data.read_link(self._data.link_path(link))
        if key is None:
            # An index may call a manifest something else.
            key = self._data.read_link(self._data.link_path(link._replace(kind=REVISIONS)))
        return NOT_LINKED if key is None else self._blob(key, blob.size)

    def _blob(self, key: bytes, size: int) -> str:
        """Say what is wrong with a blob, "" for nothing; a size of -1 is not known."""
        stored = self._data.blob_size(key)
        if stored is None:
            return "is missing"
        if size not in (-1, stored):
            return f"has {stored} bytes instead of {size}"
        if key not in self._seen:
            self._seen[key] = self._content(key) if self._deep else ""
        return self._seen[key]

    def _content(self, key: bytes) -> str:
        algorithm, _ = digests.parts(key)
        try:
            found = self._data.place.hashed(f"{self._data.blob_folder(key)}/data", algorithm)
        except OSError as error:
            return f"cannot be read: {error}"
        return "" if found == digests.text(key) else f"has other content: {found}"
