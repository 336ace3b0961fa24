"""What is alive: the blobs that must stay. docs/garbage-collection.md has the definition.

Roots are tags, what they pointed to lately, what the cluster names, what was used lately, and what cannot be
understood. From there: index -> children; manifest -> configuration and layers; subject -> referrers, by their
`subject` or by their tags' names.
"""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple

from solakube_regtool.alive.attachments import Attachment
from solakube_regtool.alive.reach import Reach
from solakube_regtool.alive.repository import read_repository
from solakube_regtool.alive.rules import Rules
from solakube_regtool.storage.tree import Tree


class Marked(NamedTuple):
    """The outcome of a mark pass.

    Attributes:
        reached: keys of all blobs that must stay, manifests included; of digests that are not sha256 both the
            digest itself and the blob that it leads to.
        relied: those of them that stay only since a manifest was used within the grace period.
        undoable: those of them that stay only so that a tag which was moved or deleted can be brought back.
        manifests: keys of the manifests among them.
        untagged: keys of the manifests that no tag reached when their repository was read, each with the manifests
            that it names; some of them are reached from elsewhere.
        orphans: tags of attachments, neither whose image nor which themselves are reached.
        subjects: keys of the images that attachments' tags spell.
        unnamed: how many manifests wait for the index that will name them.
    """

    reached: set[bytes]
    relied: set[bytes]
    undoable: set[bytes]
    manifests: set[bytes]
    untagged: dict[bytes, tuple[bytes, ...]]
    orphans: list[Attachment]
    subjects: set[bytes]
    unnamed: int = 0

    @classmethod
    def nothing(cls) -> Marked:
        """Return the outcome of no pass."""
        return cls(set(), set(), set(), set(), {}, [], set())

    def clear(self) -> None:
        """Let go of all of it."""
        for part in self[:-1]:
            part.clear()


def mark(registry: Tree, rules: Rules) -> Marked:
    """Find what must stay.

    Args:
        registry: the tree.
        rules: what is alive besides what tags reach.

    Raises:
        OSError: a folder cannot be read. Nothing can be said then of what is reachable.
    """
    reach = Reach(registry, rules)
    for repository in registry.repositories():
        read_repository(reach, repository)
    for key in rules.held - reach.manifests:
        reach.root(key)
    return _marked(reach)


def mark_repository(registry: Tree, repository: str, rules: Rules) -> set[bytes]:
    """Find what must stay for one repository's sake alone: the keys of its blobs, manifests included.

    Args:
        registry: the tree.
        repository: its name.
        rules: what is alive besides what tags reach.

    Raises:
        OSError: a folder cannot be read.
    """
    reach = Reach(registry, rules)
    read_repository(reach, repository)
    return _marked(reach).reached


def stands_for_itself(registry: Tree, repository: str, rules: Rules, reached: Container[bytes]) -> bool:
    """Tell whether anything in a repository must stay for its own sake, wherever else its blobs may be needed.

    Args:
        registry: the tree.
        repository: its name.
        rules: what is alive besides what tags reach.
        reached: keys of all that must stay: who refers to such stays, wherever that is.

    Raises:
        OSError: a folder cannot be read.
    """
    reach = Reach(registry, rules)
    read_repository(reach, repository)
    return bool(_marked(reach).reached) or any(subject in reached for subject in reach.subjects)


def _marked(reach: Reach) -> Marked:
    reach.finish()
    orphans = [tag for tag in reach.attachments if reach.reached.isdisjoint((tag.subject, tag.key))]
    subjects = {tag.subject for tag in reach.attachments}
    return Marked(
        reach.reached, reach.relied, reach.undoable, reach.manifests, reach.untagged, orphans, subjects, reach.unnamed
    )
