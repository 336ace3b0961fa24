"""Whom each blob belongs to: one repository, several, or none."""

from __future__ import annotations

from typing import NamedTuple

from solakube_regtool import digests, mark
from solakube_regtool import manifest as manifests
from solakube_regtool.source import Contents
from solakube_regtool.tree import Tree

SHARED = -1
"""Stands for more than one repository."""


class Owners(NamedTuple):
    """Whom the blobs that must stay belong to.

    Attributes:
        repositories: names of all repositories.
        by_key: key of each blob that must stay, to the index of its only repository, or SHARED.
    """

    repositories: tuple[str, ...]
    by_key: dict[bytes, int]


def find_owners(tree: Tree, untagged_since: float) -> Owners:
    """Find the repositories whose tags reach each blob.

    What only several repositories together keep (a signature in one for an image in another) is shared.

    Args:
        tree: the registry.
        untagged_since: seconds since 1970; a manifest without a tag that was pushed later counts as reached.

    Raises:
        OSError: a folder cannot be read.
    """
    repositories = tuple(tree.repositories())
    by_key: dict[bytes, int] = {}
    for index, repository in enumerate(repositories):
        for key in mark.mark_repository(tree, repository, untagged_since):
            by_key[key] = index if by_key.get(key, index) == index else SHARED
    for key in mark.mark(tree, untagged_since).reached:
        by_key.setdefault(key, SHARED)
    return Owners(repositories, by_key)


def reached_by(contents: Contents, digest: str) -> set[bytes]:
    """Give the keys of all blobs that a manifest is made of, itself and an index's children included."""
    reached: set[bytes] = set()
    waiting = [digests.parse(digest)]
    while waiting:
        key = waiting.pop()
        if key in reached:
            continue
        reached.add(key)
        found = contents.manifest_of(key)
        if found is None:
            continue
        waiting.extend(digests.parse(child.digest) for child in found.children)
        for blob in found.blobs:
            if blob.media_type in manifests.MANIFEST_MEDIA_TYPES:
                waiting.append(digests.parse(blob.digest))
            else:
                reached.add(digests.parse(blob.digest))
    return reached
