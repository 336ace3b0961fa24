"""Checking that an image is whole: all is there that it is made of, and is what it should be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from solakube_regtool.errors import Unreadable
from solakube_regtool.oci import manifest
from solakube_regtool.sources.source import Source


class Finding(NamedTuple):
    """What a check found out about a tag.

    Attributes:
        image: repository and tag.
        digest: what the tag points to; None where that cannot be told.
        faults: what is wrong, a sentence each.
    """

    image: str
    digest: str | None
    faults: list[str]


class Check:
    """A check of a whole registry.

    Args:
        source: the registry.
        deep: hash every blob.
    """

    def __init__(self, source: Source, deep: bool) -> None:
        self._source = source
        self._inspector = source.inspector(deep)

    @property
    def blobs(self) -> int:
        """How many blobs have been looked at."""
        return self._inspector.looked_at

    def look_at(self, name: tuple[str, str]) -> Finding | None:
        """Check a tag, given by repository and name; None where it was deleted or moved meanwhile."""
        image = ":".join(name)
        try:
            tag = self._source.tag(*name)
        except Unreadable as error:
            return Finding(image, None, [f"the tag {error.why}"])
        if tag is None:
            lost = name[1] in self._source.tag_names(name[0])
            return Finding(image, None, ["the manifest that the tag points to is missing"]) if lost else None
        faults = list(dict.fromkeys(self._manifest(tag.repository, tag.digest)))
        if faults and getattr(self._source.tag(*name), "digest", None) != tag.digest:
            return None
        return Finding(image, tag.digest, faults)

    def faults_of(self, repository: str, reference: str) -> list[str]:
        """Say what is wrong with an image, given by its tag or its digest."""
        if ":" in reference:
            return list(dict.fromkeys(self._manifest(repository, reference)))
        found = self.look_at((repository, reference))
        return found.faults if found else []

    def _manifest(self, repository: str, digest: str) -> Iterator[str]:
        found, fault = self._inspector.manifest(repository, digest)
        if not fault and (found is None or found.kind in (manifest.UNKNOWN, manifest.DAMAGED)):
            fault = "cannot be understood"
        if fault or found is None:
            yield f"the manifest {digest} {fault}"
            return
        for child in found.children:
            yield from self._manifest(repository, child.digest)
        for blob in found.blobs:
            fault = "" if blob.external else self._inspector.blob(repository, blob)
            if fault:
                yield f"the blob {blob.digest} {fault}"
