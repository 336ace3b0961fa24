"""Checking that an image is whole: all is there that it is made of, and is what it should be."""

from __future__ import annotations

from collections.abc import Sequence
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
        absent: platforms that its index names and that are not here.
    """

    image: str
    digest: str | None
    faults: list[str]
    absent: Sequence[str] = ()


class Faults(NamedTuple):
    """What is wrong with a manifest and all that it names.

    Attributes:
        real: damage, a sentence each.
        absent: platforms of an index that are not here, while others of it are.
    """

    real: list[str]
    absent: list[str]


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
        faults, absent = self._faults(tag.repository, tag.digest)
        if faults and getattr(self._source.tag(*name), "digest", None) != tag.digest:
            return None
        return Finding(image, tag.digest, faults, absent)

    def faults_of(self, repository: str, reference: str) -> list[str]:
        """Say what is wrong with an image, given by its tag or its digest."""
        if ":" in reference:
            return self._faults(repository, reference).real
        found = self.look_at((repository, reference))
        return found.faults if found else []

    def _faults(self, repository: str, digest: str) -> Faults:
        """Look at a manifest and all that it names, however deep, each once."""
        faults, waiting, seen = Faults([], []), [digest], {digest}
        while waiting:
            name = waiting.pop()
            found, fault = self._inspector.manifest(repository, name)
            if fault or found is None or found.kind in (manifest.UNKNOWN, manifest.DAMAGED):
                faults.real.append(f"the manifest {name} {fault or 'cannot be understood'}")
                continue
            parts = (*found.blobs, *(child for child in found.children if not child.may_be_manifest))
            faults.real.extend(filter(None, (self._blob(repository, part) for part in parts)))
            children = [child for child in found.children if child.may_be_manifest and child.digest not in seen]
            seen.update(child.digest for child in children)
            absent = [child for child in children if not self._source.has_manifest(repository, child.digest)]
            if len(absent) < len(children):
                # A sparse index: its other platforms were never copied here.
                faults.absent.extend(child.platform or child.digest for child in absent)
                children = [child for child in children if child not in absent]
            waiting += [child.digest for child in children]
        return faults

    def _blob(self, repository: str, blob: manifest.Descriptor) -> str:
        fault = "" if blob.external else self._inspector.blob(repository, blob)
        return f"the blob {blob.digest} {fault}" if fault else ""
