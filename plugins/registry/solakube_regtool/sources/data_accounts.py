"""Who reaches which blobs of a data folder."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from solakube_regtool.alive import held
from solakube_regtool.alive.owners import find_owners, held_alone, reached_by
from solakube_regtool.alive.rules import Rules
from solakube_regtool.oci.contents import Tagged
from solakube_regtool.sources.source import Totals
from solakube_regtool.storage import uploads, volume
from solakube_regtool.storage.tree import Tag, Tree
from solakube_regtool.storage.workspace import Workspace

NO_ACCESS_TIMES = "when a tag was last pulled is not known: the volume is mounted noatime and keeps no access times"
OTHERS_FILES = (
    "when a tag was last pulled is not known: the files are another user's, and reading them counts as a pull"
)


class DataAccounts:
    """Implements `source.Accounts` over a tree. Nothing but the owners is kept of what is read.

    Args:
        tree: the registry.
        rules: see `source.Source.accounts`.
    """

    def __init__(self, tree: Tree, rules: Rules) -> None:
        self._tree = tree
        self._kept = volume.keeps_access_times(tree)
        self._rules = rules
        self.owners = find_owners(tree, rules)

    @property
    def remark(self) -> str:
        """Why it is not known when tags were last pulled; "" where it is."""
        if not self._kept:
            return NO_ACCESS_TIMES
        return "" if self._tree.pulls_known else OTHERS_FILES

    def tags(self, repository: str) -> Iterator[Tag]:
        """Give a repository's tags."""
        tags = self._tree.tags(repository)
        return tags if self._kept else (tag._replace(pulled=None) for tag in tags)

    def reached(self, tag: Tagged) -> set[bytes]:
        """Give the keys of all blobs that a tag's image is made of."""
        return reached_by(self._tree, tag.digest)

    def held_alone(self, names: Iterable[str]) -> dict[str, set[bytes]]:
        """Give for digests that the cluster names the keys of those blobs that stay for no other reason."""
        alone = held_alone(self._tree, self._rules)
        found = {name: reached_by(self._tree, name) & alone for name in names if held.keys([name])}
        return {name: keys for name, keys in found.items() if keys}

    def size(self, key: bytes) -> int:
        """Give a blob's bytes. Asking the kernel again takes less than the memory for a million of them."""
        return self._tree.blob_size(key) or 0

    def totals(self) -> Totals:
        """Measure the blob store, what is unfinished, the trash, and the volume."""
        stored = unfinished = 0
        for key in self._tree.blob_keys():
            size = self._tree.blob_size(key)
            stored += size or 0
            if size is None:
                unfinished += uploads.leftovers(self._tree.blob_folder(key), before=math.inf, dry_run=True)[1]
        unfinished += sum(upload.size for name in self.owners.repositories for upload in self._tree.uploads(name))
        return Totals(stored, unfinished, self.trash(), volume.free(self._tree), self._kept)

    def trash(self) -> int:
        """Measure the trash of collections."""
        return Workspace(self._tree).size(self._tree.place)
