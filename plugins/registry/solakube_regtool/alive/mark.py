"""What tags reach: the blobs that must stay.

Reachability: tags -> manifests; index -> children; manifest -> configuration and layers; subject <- referrers, which
are kept while their subject lives. Besides tags, these are roots: manifests without a tag that were pushed lately
(an index may be about to name them), and manifests that cannot be understood.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from solakube_regtool.oci import digests
from solakube_regtool.oci import manifest as manifests
from solakube_regtool.storage import files, tree


class Marked(NamedTuple):
    """The outcome of a mark pass.

    Attributes:
        reached: keys of all blobs that must stay, manifests included; of digests that are not sha256 both the
            digest itself and the blob that it leads to.
        manifests: keys of the manifests among them.
        untagged: keys of the manifests that no tag reached when their repository was read; some of them are reached
            from elsewhere.
        young: how many manifests stay only since they were pushed lately.
    """

    reached: set[bytes]
    manifests: set[bytes]
    untagged: set[bytes]
    young: int = 0

    def clear(self) -> None:
        """Let go of the keys."""
        for keys in (self.reached, self.manifests, self.untagged):
            keys.clear()


def mark(registry: tree.Tree, untagged_since: float) -> Marked:
    """Find what must stay.

    Args:
        registry: the tree.
        untagged_since: seconds since 1970; a manifest without a tag that was pushed later stays.

    Raises:
        OSError: a folder cannot be read. Nothing can be said then of what is reachable.
    """
    pass_ = _Pass(registry, untagged_since)
    for repository in registry.repositories():
        pass_.repository(repository)
    pass_.dependents()
    return Marked(pass_.reached, pass_.manifests, pass_.untagged, pass_.young)


def mark_repository(registry: tree.Tree, repository: str, untagged_since: float) -> set[bytes]:
    """Find what must stay for one repository's sake alone: the keys of its blobs, manifests included.

    Args:
        registry: the tree.
        repository: its name.
        untagged_since: seconds since 1970; a manifest without a tag that was pushed later stays.

    Raises:
        OSError: a folder cannot be read.
    """
    pass_ = _Pass(registry, untagged_since)
    pass_.repository(repository)
    pass_.dependents()
    return pass_.reached


class _Pass:
    def __init__(self, registry: tree.Tree, untagged_since: float) -> None:
        self.registry = registry
        self.untagged_since = untagged_since
        self.reached: set[bytes] = set()
        self.manifests: set[bytes] = set()
        self.untagged: set[bytes] = set()
        self.young = 0
        self._referrers: dict[bytes, list[bytes]] = {}
        self._aliases: dict[bytes, set[bytes]] = {}

    def repository(self, repository: str) -> None:
        """Read one repository; what depends on others' manifests is found by `dependents`."""
        self.tags(repository)
        self.revisions(repository)
        self.aliases(repository)

    def tags(self, repository: str) -> None:
        for tag in self.registry.tags(repository):
            self._reach(digests.parse(tag.digest))

    def revisions(self, repository: str) -> None:
        """Look at the manifests that no tag reached (so far)."""
        for key in self.registry.link_keys(repository, tree.REVISIONS):
            if key in self.manifests:
                continue
            link = tree.Link(repository, tree.REVISIONS, key)
            target = self.registry.resolve(link)
            if target is None:
                continue
            if key != target:
                self._aliases.setdefault(key, set()).add(target)
            if self._pushed_lately(link):
                self._reach(target)
                self.young += 1
            else:
                self._consider(target)

    def _pushed_lately(self, link: tree.Link) -> bool:
        try:
            return os.stat(self.registry.link_path(link)).st_mtime > self.untagged_since
        except OSError:
            return False

    def _consider(self, key: bytes) -> None:
        found = self.registry.manifest_of(key)
        if found is None:
            return
        self.untagged.add(key)
        if found.kind == manifests.UNKNOWN:
            self._reach(key)
        elif found.subject:
            self._referrers.setdefault(digests.parse(found.subject), []).append(key)

    def aliases(self, repository: str) -> None:
        """Learn where digests lead that are not those blobs are stored by."""
        folder = self.registry.links_folder(repository, tree.LAYERS)
        if all(name == digests.CANONICAL for name in files.names(folder)):
            return
        for link in self.registry.links(repository, tree.LAYERS):
            if not digests.is_canonical(link.key):
                target = self.registry.resolve(link)
                if target is not None:
                    self._aliases.setdefault(link.key, set()).add(target)

    def dependents(self) -> None:
        """Follow aliases and referrers until nothing new is reached."""
        while True:
            found = [key for name in self._aliases.keys() & self.reached for key in self._aliases.pop(name)]
            found += [key for subject in self._referrers.keys() & self.reached for key in self._referrers.pop(subject)]
            if not found:
                return
            for key in found:
                self._reach(key)

    def _reach(self, root: bytes) -> None:
        waiting = [root]
        while waiting:
            key = waiting.pop()
            self.reached.add(key)
            if key not in self.manifests:
                waiting.extend(self._look_into(key, noted=key == root))

    def _look_into(self, key: bytes, noted: bool) -> Iterable[bytes]:
        """Reach a manifest's blobs, and give what may be manifests in turn."""
        found = self.registry.manifest_of(key, noted)
        if found is None:
            return ()
        self.manifests.add(key)
        nested = [digests.parse(child.digest) for child in found.children]
        for blob in found.blobs:
            blob_key = digests.parse(blob.digest)
            self.reached.add(blob_key)
            if blob.media_type in manifests.MANIFEST_MEDIA_TYPES:
                nested.append(blob_key)
        return nested
