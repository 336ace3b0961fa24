"""Following what manifests name, from roots to all that hangs on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from solakube_regtool.alive.attachments import Attachment
from solakube_regtool.alive.rules import Rules
from solakube_regtool.oci import digests
from solakube_regtool.oci import manifest as manifests
from solakube_regtool.storage.tree import Tree


class Reach:
    """What is reached so far. Repositories are read into it one by one, then `finish` does what needs all of them.

    Attributes: see `mark.Marked`; `attachments` are all whose image is known where they are.
    """

    def __init__(self, registry: Tree, rules: Rules) -> None:
        self.registry = registry
        self.rules = rules
        self.reached: set[bytes] = set()
        self.relied: set[bytes] = set()
        self.manifests: set[bytes] = set()
        self.untagged: dict[bytes, tuple[bytes, ...]] = {}
        self.attachments: list[Attachment] = []
        self.unnamed = 0
        self._used: list[bytes] = []
        self._recent: defaultdict[str, list[bytes]] = defaultdict(list)
        self._referrers: defaultdict[bytes, list[bytes]] = defaultdict(list)
        self._aliases: defaultdict[bytes, set[bytes]] = defaultdict(set)
        self._finding_relied = False

    # What a repository tells

    def root(self, key: bytes) -> None:
        """Reach a manifest and all that it names."""
        self._reach([key], noted=True)

    def refer(self, subject: bytes, key: bytes) -> None:
        """Have a manifest reached if its subject is."""
        self._referrers[subject].append(key)

    def alias(self, key: bytes, target: bytes) -> None:
        """Learn where a digest leads that is not one blobs are stored by."""
        self._aliases[key].add(target)

    def untag(self, repository: str, key: bytes, used: bool, recent: bool) -> None:
        """Look at a manifest that no tag reached so far.

        Args:
            repository: where it is linked.
            key: its digest.
            used: it may have been pushed or asked for within the grace period.
            recent: it may wait for an index, if nothing has named it yet.
        """
        if used:
            self._used.append(key)
        found = None if key in self.untagged else self.registry.manifest_of(key, noted=False)
        if found is not None:
            self.untagged[key] = tuple(digests.parse(child.digest) for child in found.nested)
            if found.kind == manifests.UNKNOWN:
                self.root(key)
            elif found.subject:
                self.refer(digests.parse(found.subject), key)
                return
        if recent and key in self.untagged:
            self._recent[repository].append(key)

    # What needs all repositories

    def finish(self) -> None:
        """Reach what hangs on other repositories' manifests, what waits for its index, and what was used lately."""
        self._follow()
        self._reach_unnamed()
        self._follow()
        self._finding_relied = True
        self._reach(self._used, noted=False)
        self._follow()

    def _follow(self) -> None:
        """Follow aliases and referrers until nothing new is reached."""
        while True:
            found = [key for name in self._aliases.keys() & self.reached for key in self._aliases.pop(name)]
            found += [key for subject in self._referrers.keys() & self.reached for key in self._referrers.pop(subject)]
            if not found:
                return
            self._reach(found, noted=True)

    def _reach_unnamed(self) -> None:
        if not self._recent:
            return
        children = {child for nested in self.untagged.values() for child in nested}
        for repository, keys in self._recent.items():
            named = children | self.registry.history(repository)
            for key in keys:
                if key not in named and key not in self.reached:
                    self.unnamed += 1
                    self.root(key)

    def _reach(self, roots: Iterable[bytes], noted: bool) -> None:
        """Reach manifests and all that they name; roots that cannot be understood are `noted` as odd."""
        for root in roots:
            waiting = [root]
            while waiting:
                key = waiting.pop()
                self._add(key)
                if key not in self.manifests:
                    waiting.extend(self._look_into(key, noted and key == root))

    def _look_into(self, key: bytes, noted: bool) -> Iterable[bytes]:
        """Reach a manifest's blobs, and give what may be manifests in turn."""
        found = self.registry.manifest_of(key, noted)
        if found is None:
            return ()
        self.manifests.add(key)
        for part in (*found.blobs, *found.children):
            self._add(digests.parse(part.digest))
        return [digests.parse(part.digest) for part in found.nested]

    def _add(self, key: bytes) -> None:
        if self._finding_relied and key not in self.reached:
            self.relied.add(key)
        self.reached.add(key)
