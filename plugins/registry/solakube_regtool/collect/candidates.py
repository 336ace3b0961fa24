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
    """A blob that nothing reaches.

    Attributes:
        key: its digest.
        blob: the stamp of its file.
        links: all links to it, with their stamps.
    """

    key: bytes
    blob: Stamp
    links: dict[Link, Stamp]

    @property
    def is_manifest(self) -> bool:
        """A repository has it among its manifests."""
        return any(link.kind == REVISIONS for link in self.links)


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


def examine(registry: Tree, keys: Collection[bytes]) -> Iterator[Candidate]:
    """Look at blobs and their links, in the order of their keys; those that are gone are left out.

    Raises:
        OSError: a file cannot be looked at.
    """
    found: dict[bytes, list[Link]] = {key: [] for key in keys}
    for key, link in links_to(registry, found):
        found[key].append(link)
    for key in keys:
        links = found.pop(key)
        blob = barrier.stamp(registry.blob_folder(key) + "/data")
        if blob is not None:
            yield Candidate(key, blob, stamps(registry, links))


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
