"""Whom each blob belongs to: one repository, several, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import replace
from typing import NamedTuple

from solakube_regtool.alive.mark import mark, mark_repository
from solakube_regtool.alive.rules import Rules
from solakube_regtool.oci import digests
from solakube_regtool.oci.contents import Contents
from solakube_regtool.storage.tree import Tree

SHARED = -1
"""Stands for more than one repository."""


class Owners(NamedTuple):
    """Whom the blobs that must stay belong to.

    Attributes:
        repositories: names of all repositories.
        by_key: key of each blob that must stay, to the index of its only repository, or SHARED.
        shared: of each repository, bytes that it shares with others.
        undoable: keys of those that stay only so that a tag can be brought back.
    """

    repositories: tuple[str, ...]
    by_key: dict[bytes, int]
    shared: list[int]
    undoable: Set[bytes] = frozenset()


def find_owners(tree: Tree, rules: Rules) -> Owners:
    """Find the repositories whose tags reach each blob.

    What only several repositories together keep (a signature in one for an image in another) is shared.

    Args:
        tree: the registry.
        rules: what is alive besides what tags reach.

    Raises:
        OSError: a folder cannot be read.
    """
    repositories = tuple(tree.repositories())
    reached = (mark_repository(tree, repository, rules) for repository in repositories)
    owners = divide(repositories, reached, lambda key: tree.blob_size(key) or 0)
    marked = mark(tree, rules)
    for key in marked.reached:
        owners.by_key.setdefault(key, SHARED)
    return owners._replace(undoable=marked.undoable)


def held_alone(tree: Tree, rules: Rules) -> set[bytes]:
    """Find what stays only since the cluster names it: the keys of its blobs.

    Raises:
        OSError: a folder cannot be read.
    """
    if not rules.held:
        return set()
    without = mark(tree, replace(rules, held=frozenset())).reached
    return mark(tree, rules).reached - without


def divide(repositories: Sequence[str], reached: Iterable[Iterable[bytes]], size: Callable[[bytes], int]) -> Owners:
    """Find the owners of blobs, holding what one repository reaches at a time.

    Args:
        repositories: names of all.
        reached: what each of them reaches, each key once.
        size: gives a blob's bytes.
    """
    by_key: dict[bytes, int] = {}
    sizes: dict[bytes, int] = {}
    shared = [0] * len(repositories)
    for index, keys in enumerate(reached):
        for key in keys:
            owner = by_key.setdefault(key, index)
            if owner == index:
                continue
            if owner != SHARED:
                by_key[key] = SHARED
                sizes[key] = size(key)
                shared[owner] += sizes[key]
            shared[index] += sizes[key]
    return Owners(tuple(repositories), by_key, shared)


def reached_by(contents: Contents, digest: str) -> set[bytes]:
    """Give the keys of all blobs that a manifest is made of, itself and an index's children included."""
    root = digests.parse(digest)
    reached, waiting = {root}, {root}
    looked_into: set[bytes] = set()
    while waiting:
        key = waiting.pop()
        looked_into.add(key)
        found = contents.manifest_of(key)
        if found is not None:
            reached.update(part.key for part in found.parts)
            waiting.update({part.key for part in found.nested} - looked_into)
    return reached
