"""What a collection in a bucket may take: blobs that nothing reaches, with the links that a push could rely on."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from solakube_regtool.alive.mark import Marked
from solakube_regtool.alive.owners import reached_by
from solakube_regtool.oci import digests
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.links import LAYERS, REVISIONS, Link
from solakube_regtool.storage.tree import Tree

_BLOB = re.compile(r".*/(sha(?:256|384|512))/../([0-9a-f]+)/data")
_LINK = re.compile(rf"(.*)/({LAYERS}|{REVISIONS})/(sha(?:256|384|512))/([0-9a-f]+)/link")

_RESOLUTION = 1.0
"""Seconds by which something may have been written later than the server tells: it has whole ones."""


@dataclass
class Candidate:
    """A blob that nothing but its use within the grace period keeps.

    Attributes:
        size: its bytes.
        written: when it or the last link to it was written, in seconds since 1970, by the server's clock.
        is_manifest: a repository has it among its manifests.
        links: keys of the objects that lead to it, and hold its digest.
    """

    size: int
    written: float
    is_manifest: bool = False
    links: list[str] = field(default_factory=list)


class Sorted(NamedTuple):
    """Candidates, told apart by their use.

    Attributes:
        ready: were quiet for the grace period.
        used: were not, or stay for the sake of one that was not.
    """

    ready: dict[bytes, Candidate]
    used: dict[bytes, Candidate]


def links_to(tree: Tree, place: BucketFiles, wanted: Container[bytes]) -> Iterator[tuple[bytes, str, str, float]]:
    """Give all links to some blobs: the blob, the link's kind and object, and when that was written."""
    root = f"{tree.root}/repositories"
    begin = len(place.key_of(root)) + 1
    for link in place.objects(root):
        match = _LINK.fullmatch(link.key, begin)
        key = _key(match[3], match[4]) if match else None
        if match is None or key is None:
            continue
        target = key if digests.is_canonical(key) else tree.resolve(Link(match[1], match[2], key))
        if target is not None and target in wanted:
            yield target, match[2], link.key, link.modified


def find(tree: Tree, place: BucketFiles, marked: Marked) -> dict[bytes, Candidate]:
    """Find what may go, by the last mark and the list that it was made by.

    What a signature's tag leads to stays although its image is gone: nobody here may take the tag away.
    """
    kept = set[bytes]().union(*(reached_by(tree, digests.text(tag.key)) for tag in marked.orphans))
    found: dict[bytes, Candidate] = {}
    for blob in place.objects(f"{tree.root}/blobs"):
        key = _key(match[1], match[2]) if (match := _BLOB.fullmatch(blob.key)) else None
        if key is not None and key not in kept and (key not in marked.reached or key in marked.relied):
            found[key] = Candidate(blob.size, blob.modified)
    for target, kind, link, written in links_to(tree, place, found):
        candidate = found[target]
        candidate.written = max(candidate.written, written)
        candidate.is_manifest |= kind == REVISIONS
        candidate.links.append(link)
    return found


def sort(tree: Tree, found: Mapping[bytes, Candidate], marked: Marked, quiet_before: float) -> Sorted:
    """Tell those that were quiet for the grace period from the rest.

    Args:
        tree: the registry.
        found: all candidates.
        marked: the last mark.
        quiet_before: when the grace period began, in seconds since 1970, by the server's clock.
    """
    used = {key for key, candidate in found.items() if candidate.written + _RESOLUTION > quiet_before}
    for key in [key for key in used if found[key].is_manifest]:
        # Whoever uses a manifest relies on all that it names.
        used |= reached_by(tree, digests.text(key))
    used |= marked.relied
    told = Sorted({}, {})
    for key, candidate in found.items():
        told[key in used][key] = candidate
    return told


def _key(algorithm: str, hex_digits: str) -> bytes | None:
    try:
        return digests.key_of(algorithm, hex_digits)
    except ValueError:
        return None
