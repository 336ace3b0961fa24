"""A foreign data folder as an origin: it is read, without a trace where that is permitted, and never written."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from solakube_regtool.errors import Unreadable
from solakube_regtool.http.parallel import Once
from solakube_regtool.importing.origin import Receive
from solakube_regtool.oci import digests
from solakube_regtool.oci import manifest as manifests
from solakube_regtool.registry_api.client import Stored
from solakube_regtool.sources.data import DataSource
from solakube_regtool.storage.links import LAYERS, REVISIONS, Link
from solakube_regtool.storage.tree import Tree

_MEDIA_TYPES = {
    manifests.IMAGE: manifests.OCI_IMAGE,
    manifests.INDEX: manifests.OCI_INDEX,
    manifests.SCHEMA1: manifests.SIGNED_SCHEMA1,
}
"""Of manifests that do not tell theirs, as the OCI's need not: a registry takes the same."""


class FolderOrigin:
    """Implements `origin.Origin` over a tree.

    Args:
        tree: the foreign registry.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.source = DataSource(tree)
        self._referrers: Once[str, Mapping[bytes, Sequence[bytes]]] = Once(self._read_referrers)

    def manifest(self, repository: str, digest: str) -> Stored | None:
        """Read a manifest; the folder keeps no media types but those that manifests tell themselves."""
        key = self._tree.resolve(Link(repository, REVISIONS, digests.parse(digest)))
        content = None if key is None else self._tree.read_blob(key, manifests.LARGEST)
        if content is None:
            return None
        read = manifests.parse(content)
        return Stored(content, read.media_type or _MEDIA_TYPES.get(read.kind, ""))

    def read_blob(self, repository: str, blob: manifests.Descriptor, receive: Receive) -> bool:
        """Open the blob's file. What is none, such as a named pipe, would never end."""
        key = self._tree.resolve(Link(repository, LAYERS, blob.key)) or blob.key
        try:
            status = os.stat(f"{self._tree.blob_folder(key)}/data")
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable(f"the blob {blob.digest} is no file", "is no file")
            pieces = self._tree.blob_pieces(key)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _unreadable(blob, error) from error
        if pieces is None:
            return False
        receive(_readable(blob, pieces), status.st_size)
        return True

    def referrers(self, repository: str, digest: str) -> Sequence[Mapping[str, Any]]:
        """Look through the repository's manifests, once."""
        found = self._referrers(repository).get(digests.parse(digest), ())
        return [{"digest": digests.text(key)} for key in found]

    def _read_referrers(self, repository: str) -> Mapping[bytes, Sequence[bytes]]:
        by_subject: defaultdict[bytes, list[bytes]] = defaultdict(list)
        for link in self._tree.links(repository, REVISIONS):
            target = self._tree.resolve(link)
            found = self._tree.manifest_of(target, noted=False) if target else None
            if found and found.subject:
                by_subject[found.subject].append(link.key)
        return by_subject


def _readable(blob: manifests.Descriptor, pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        # The first one of an empty blob is empty, too, and would end what is sent in pieces.
        yield from filter(None, pieces)
    except OSError as error:
        # Else whoever sends it on would take it for a fault of the network.
        raise _unreadable(blob, error) from error


def _unreadable(blob: manifests.Descriptor, error: OSError) -> Unreadable:
    why = f"cannot be read: {error.strerror or error}"
    return Unreadable(f"the blob {blob.digest} {why}", why)
