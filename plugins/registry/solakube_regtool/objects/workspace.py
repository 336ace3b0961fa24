"""The collector's own place in a bucket: lock, journal and trash, below `_solakube` beside `blobs`."""

from __future__ import annotations

from solakube_regtool.oci import digests
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.server_clock import clock_key
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.workspace import NAME


class ObjectWorkspace:
    """The keys of what the collector writes, and of what it takes away.

    Args:
        tree: the registry.
        place: where it is.

    Attributes:
        bucket: where it is.
        locks: begins the keys of locks.
        journal: tells what is under way.
        trash: begins the keys of blobs that were moved away.
        blobs: begins the keys of blobs in their place.
        clock: an object that is written to learn the server's time.
        registries: begins the keys of what tells which registries there are.
    """

    def __init__(self, tree: Tree, place: BucketFiles) -> None:
        self._tree, self._place = tree, place
        self.bucket = place.bucket
        home = f"{place.key_of(tree.root)}/{NAME}"
        self.clock = clock_key(tree, place)
        self.registries = f"{home}/registries/"
        self.locks = f"{home}/lock-"
        self.journal = f"{home}/journal"
        self.trash = f"{home}/trash/"
        self.blobs = f"{place.key_of(tree.root)}/blobs/"

    def blob(self, key: bytes) -> str:
        """Give the object that a blob is."""
        return f"{self._place.key_of(self._tree.blob_folder(key))}/data"

    def away(self, key: bytes) -> str:
        """Give the object that a blob is in the trash."""
        algorithm, hex_digits = digests.parts(key)
        return f"{self.trash}{algorithm}-{hex_digits}/data"

    def folder_away(self, key: bytes) -> str:
        """Give the folder that a blob has in the trash, as a path."""
        return f"/{self.bucket.address.bucket}/{self.away(key).removesuffix('/data')}"
