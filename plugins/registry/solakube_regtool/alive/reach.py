"""Following what manifests name, from roots to all that hangs on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

from solakube_regtool.alive.attachments import Attachment
from solakube_regtool.alive.rules import Rules
from solakube_regtool.oci import manifest as manifests
from solakube_regtool.storage.links import LAYERS, REVISIONS, Link
from solakube_regtool.storage.noted_deletions import deleted_tags
from solakube_regtool.storage.tree import Tree

_Keys = TypeVar("_Keys", bound=Collection[bytes])


class Reach:
    """What is reached so far. Repositories are read into it one by one, then `finish` does what needs all of them.

    Attributes: see `mark.Marked`; besides:
        repositories: names of those that were read.
        attachments: all whose image is known where they are.
        deleted: the tags that were deleted.
        repositories_with_deleted: where there were such, as far as that matters.
    """

    def __init__(self, registry: Tree, rules: Rules) -> None:
        self.registry = registry
        self.rules = rules
        self.reached: set[bytes] = set()
        self.relied: set[bytes] = set()
        self.undoable: set[bytes] = set()
        self.manifests: set[bytes] = set()
        self.untagged: dict[bytes, tuple[bytes, ...]] = {}
        self.repositories: list[str] = []
        self.attachments: list[Attachment] = []
        self.unnamed = 0
        self._used: list[bytes] = []
        self._former: list[bytes] = []
        self.deleted = deleted_tags(registry)
        self.repositories_with_deleted = frozenset(self.deleted.repositories() if rules.undoable else ())
        self._recent: defaultdict[str, dict[bytes, float]] = defaultdict(dict)
        self._named: dict[bytes, float] = {}
        self._referrers: defaultdict[bytes, list[bytes]] = defaultdict(list)
        self._aliases: defaultdict[bytes, set[bytes]] = defaultdict(set)
        self._blob_aliases: defaultdict[bytes, set[bytes]] = defaultdict(set)
        self._damaged: set[bytes] = set()
        self._followed: set[bytes] = set()
        self._to_pin: set[str] = set()
        self._pinned: set[str] = set()
        self._finding: set[bytes] | None = None

    @property
    def subjects(self) -> Collection[bytes]:
        """Those that manifests refer to, and that were not reached."""
        return self._referrers.keys()

    # What a repository tells

    def root(self, key: bytes) -> None:
        """Reach a manifest and all that it names."""
        self._reach([key], noted=True)

    def refer(self, subject: bytes, key: bytes) -> None:
        """Have a manifest reached if its subject is."""
        self._referrers[subject].append(key)

    def could_return(self, keys: Iterable[bytes]) -> None:
        """Have manifests stay that a tag pointed to lately."""
        self._former.extend(keys)

    def alias(self, key: bytes, target: bytes) -> None:
        """Learn where a manifest's digest leads that is not one blobs are stored by. It goes by either."""
        self._aliases[key].add(target)
        self._aliases[target].add(key)

    def alias_blob(self, key: bytes, target: bytes) -> None:
        """Learn the same of a layer or a configuration."""
        self._blob_aliases[key].add(target)

    def pin(self, repository: str) -> None:
        """Have all reached that a repository links: what cannot be read there may stand for any of it."""
        self._to_pin.add(repository)

    def untag(self, repository: str, key: bytes, used: bool, pushed: float) -> None:
        """Look at a manifest that no tag reached so far.

        Args:
            repository: where it is linked.
            key: its digest.
            used: it may have been pushed or asked for within the grace period.
            pushed: time stamp of its link. One that was pushed lately may wait for an index.
        """
        if used:
            self._used.append(key)
        self._name(self.untagged.get(key, ()), pushed)
        found = None if key in self.untagged else self.registry.manifest_of(key, noted=False)
        if found is not None:
            self.untagged[key] = tuple(child.key for child in found.nested)
            self._name(self.untagged[key], pushed)
            if found.kind in (manifests.UNKNOWN, manifests.DAMAGED) or self._is_held_by_configuration(found):
                self.root(key)
            elif found.subject:
                self.refer(found.subject, key)
                return
        if pushed > self.rules.unnamed_since and key in self.untagged:
            self._recent[repository][key] = pushed

    def _is_held_by_configuration(self, found: manifests.Manifest) -> bool:
        """Docker tells an image by the digest of its configuration where it knows no other."""
        # Where nothing is held, no digest is read for it: there may be a million manifests.
        held = self.rules.held
        return bool(held) and found.config is not None and found.config.key in held

    # What needs all repositories

    def finish(self) -> None:
        """Reach what hangs on other repositories' manifests, what waits for its index, and what was used lately."""
        self._follow()
        self._reach_unnamed()
        self._follow()
        self._find(self.undoable, self._former)
        self._find(self.relied, self._used)

    def _find(self, found: set[bytes], roots: Iterable[bytes]) -> None:
        """Reach manifests, and note what is reached for their sake alone."""
        self._finding = found
        self._reach(roots, noted=False)
        self._follow()

    def _follow(self) -> None:
        """Follow aliases, referrers, manifests that are called otherwise, and damage until nothing new is reached."""
        while found := [
            *_pop(self._aliases, self.reached),
            *_pop(self._referrers, self.reached),
            *self._named_otherwise(),
            *self._pin(),
        ]:
            self._reach(found, noted=True)
        self._add(list(_pop(self._blob_aliases, self.reached)))

    def _named_otherwise(self) -> set[bytes]:
        """Give what is linked as a manifest, and was reached by the media type of something else.

        The registry looks whether an index's children are manifests, not whether they are called so.
        """
        found = (self.untagged.keys() & self.reached) - self.manifests - self._followed
        self._followed |= found
        return found

    def _pin(self) -> Iterator[bytes]:
        """Reach the layers of repositories in which something cannot be read, and give their manifests."""
        damaged, self._damaged = self._damaged, set()
        if damaged:
            self._to_pin.update(name for name in self.repositories if self._links_any(name, damaged))
        for repository in self._to_pin - self._pinned:
            self._pinned.add(repository)
            self._add(list(self.registry.link_keys(repository, LAYERS)))
            for link in self.registry.links(repository, REVISIONS):
                yield self.registry.resolve(link) or link.key

    def _links_any(self, repository: str, keys: Iterable[bytes]) -> bool:
        return any(self.registry.link_status(Link(repository, REVISIONS, key)) for key in keys)

    def _reach_unnamed(self) -> None:
        if not self._recent:
            return
        for repository, pushed in self._recent.items():
            by_tag = self.registry.named_by_tags(repository, pushed)
            for key in pushed.keys() - self.reached:
                # One that was pushed again after it had been named waits again.
                if pushed[key] > max(self._named.get(key, 0.0), by_tag.get(key, 0.0)):
                    self.unnamed += 1
                    self.root(key)

    def _name(self, children: Iterable[bytes], moment: float) -> None:
        """Note when manifests were last named, as far as that matters: by one that was pushed lately, too."""
        if moment > self.rules.unnamed_since:
            self._named.update((child, max(moment, self._named.get(child, 0.0))) for child in children)

    def _reach(self, roots: Iterable[bytes], noted: bool) -> None:
        """Reach manifests and all that they name; roots that cannot be understood are `noted` as odd."""
        for root in roots:
            self._add([root])
            waiting = [root]
            while waiting:
                key = waiting.pop()
                if key not in self.manifests:
                    waiting.extend(self._look_into(key, noted and key == root))

    def _look_into(self, key: bytes, noted: bool) -> Iterable[bytes]:
        """Reach a manifest's blobs, and give what may be manifests in turn."""
        found = self.registry.manifest_of(key, noted)
        if found is None:
            return ()
        self.manifests.add(key)
        if found.kind == manifests.DAMAGED:
            self._damaged.add(key)
        self._add([part.key for part in found.parts])
        return [part.key for part in found.nested]

    def _add(self, keys: Collection[bytes]) -> None:
        if self._finding is not None:
            self._finding.update(set(keys) - self.reached)
        self.reached.update(keys)


def _pop(found: dict[bytes, _Keys], reached: set[bytes]) -> Iterator[bytes]:
    """Take out, and give, what is found by keys that are reached."""
    for key in found.keys() & reached:
        yield from found.pop(key)
