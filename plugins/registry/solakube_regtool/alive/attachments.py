"""Signatures, attestations and SBOMs that are tags: they live while the image lives that their name spells.

Clients make them where a registry has no referrers API: `sha256-<hex>` (OCI's fallback) and
`sha256-<hex>.sig|.att|.sbom` (cosign).
"""

from __future__ import annotations

import os
import re

from solakube_regtool.oci import digests
from solakube_regtool.storage import tree
from solakube_regtool.storage.tree import Tag, Tree

_NAME = re.compile(r"(sha256|sha384|sha512)-([0-9a-f]+)(\.[a-z]+)?")


def subject_of(tag: str) -> str | None:
    """Give the digest that a tag's name spells; None if it spells none."""
    match = _NAME.fullmatch(tag)
    if not match or len(match[2]) != digests.HEX_LENGTHS[match[1]]:
        return None
    return f"{match[1]}:{match[2]}"


def orphaned(registry: Tree, reached: set[bytes], tagged_before: float) -> list[Tag]:
    """Find the tags whose image is about to be collected.

    The image must be known in the same repository: one that never was here may well live in another registry.

    Args:
        registry: the tree.
        reached: keys of all that must stay.
        tagged_before: seconds since 1970; tags that were set later stay.
    """
    return [
        tag
        for repository in registry.repositories()
        for tag in registry.tags(repository)
        if tag.pushed < tagged_before and _lost_its_image(registry, tag, reached)
    ]


def _lost_its_image(registry: Tree, tag: Tag, reached: set[bytes]) -> bool:
    subject = subject_of(tag.name)
    if subject is None or digests.parse(subject) in reached:
        return False
    return os.path.exists(registry.link_path(tree.Link(tag.repository, tree.REVISIONS, digests.parse(subject))))
