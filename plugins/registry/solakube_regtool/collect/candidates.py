"""What a collection may take: blobs nothing reaches, with the links that a push could rely on."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from solakube_regtool.collect import barrier
from solakube_regtool.collect.barrier import Stamp
from solakube_regtool.oci import digests
from solakube_regtool.storage.links import LAYERS, REVISIONS, Link
from solakube_regtool.storage.tree import Tree


class Candidate(NamedTuple):
    """A blob that nothing reaches. A run holds hundreds of thousands of them: it takes some 400 bytes.

    Attributes:
        key: its digest.
        size: bytes of its file.
        links: all links to it.
        seen: the fingerprint of their stamps.
    """

    key: bytes
    size: int
    links: tuple[Link, ...]
    seen: int

    @property
    def is_manifest(self) -> bool:
        """A repository has it among its manifests."""
        return any(link.kind == REVISIONS for link in self.links)


class Examined(NamedTuple):
    """What was seen of a blob and its links at a moment.

    Attributes:
        key: its digest.
        blob: the stamp of its file.
        links: all links to it, with their stamps.
    """

    key: bytes
    blob: Stamp
    links: dict[Link, Stamp]

    def candidate(self) -> Candidate:
        """Give what of it must be remembered until it is freed."""
        # Links tell the same key, each by bytes of its own: of these one is enough.
        links = (link._replace(key=self.key) if link.key == self.key else link for link in self.links)
        return Candidate(self.key, self.blob.size, tuple(links), fingerprint(self.links))


def parents_first(untagged: Mapping[bytes, Collection[bytes]]) -> Iterator[bytes]:
    """Give manifests in such an order that each comes before those that it names, and always in the same one.

    Whoever is told that a manifest is there relies on all that it names: so it goes first.

    Args:
        untagged: the manifests, each with those that it names.
    """
    waiting = set(untagged)
    while waiting:
        named = waiting.intersection(child for key in waiting for child in untagged[key])
        # Damaged manifests may seem to name one another in a circle.
        yield from sorted(waiting - named or named)
        waiting = named if len(named) < len(waiting) else set()


def links_to(registry: Tree, wanted: Container[bytes]) -> Iterator[tuple[bytes, Link]]:
    """Give all links to some blobs, each with its blob, in one pass over the repositories.

    Raises:
        OSError: a folder cannot be read.
    """
    for repository in registry.repositories():
        for kind in (LAYERS, REVISIONS):
            for name in registry.link_keys(repository, kind):
                target = name if digests.is_canonical(name) else registry.resolve(Link(repository, kind, name))
                if target is not None and target in wanted:
                    yield target, Link(repository, kind, name)


def examine(registry: Tree, keys: Collection[bytes]) -> Iterator[Examined]:
    """Look at blobs and their links, in the order of their keys; those that are gone are left out.

    Raises:
        OSError: a file cannot be looked at.
    """
    found: dict[bytes, list[Link]] = {key: [] for key in keys}
    for key, link in links_to(registry, found):
        found[key].append(link)
    for key in keys:
        examined = _examined(registry, key, found.pop(key))
        if examined:
            yield examined


def examine_again(registry: Tree, candidates: Iterable[Candidate]) -> Iterator[Examined]:
    """Look once more at candidates and the links that are known; those that are gone are left out.

    Raises:
        OSError: a file cannot be looked at.
    """
    for candidate in candidates:
        examined = _examined(registry, candidate.key, candidate.links)
        if examined:
            yield examined


def _examined(registry: Tree, key: bytes, links: Iterable[Link]) -> Examined | None:
    blob = barrier.stamp(registry.blob_folder(key) + "/data")
    return None if blob is None else Examined(key, blob, stamps(registry, links))


def stamps(registry: Tree, links: Iterable[Link]) -> dict[Link, Stamp]:
    """Take the stamps of links; those without a file are left out.

    Raises:
        OSError: a file cannot be looked at.
    """
    taken = {}
    for link in links:
        stamp = barrier.stamp(registry.link_path(link))
        if stamp is not None:
            taken[link] = stamp
    return taken


def fingerprint(taken: Mapping[Link, Stamp]) -> int:
    """Tell in one number which links there are, and their stamps.

    One stamp that differs in one place, such as the access time of a link that was read, always changes it: each of
    the mixing steps of a tuple's hash can be undone.
    """
    return hash(tuple(taken.items()))
