"""The images that a cluster names, looked for in a registry."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from solakube_regtool.alive.held import Held
from solakube_regtool.cluster.references import parse
from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import digests, names
from solakube_regtool.sources.checking import Check
from solakube_regtool.sources.source import Source


class Image(NamedTuple):
    """An image that a cluster names.

    Attributes:
        repository: its name, without the host.
        reference: its tag, or its digest.
    """

    repository: str
    reference: str

    def __str__(self) -> str:
        return f"{self.repository}{'@' if ':' in self.reference else ':'}{self.reference}"


class Finding(NamedTuple):
    """What was found out about an image that a cluster names.

    Attributes:
        image: the image.
        holders: who names it.
        faults: what is wrong, a sentence each.
    """

    image: Image
    holders: tuple[str, ...]
    faults: tuple[str, ...]


class Named:
    """The images that a cluster names.

    Args:
        held: who holds which images.
        addresses: hosts, with their ports, whose images must be in this registry; those of others may be.
    """

    def __init__(self, held: Held, addresses: Collection[str]) -> None:
        self._holders: dict[Image, set[str]] = {}
        self._ours: set[Image] = set()
        for name, holders in held.items():
            host, repository, tag, digest = parse(name)
            image = Image(repository, digest or tag)
            if _is_possible(image):
                self._holders.setdefault(image, set()).update(holders)
                if host in addresses:
                    self._ours.add(image)

    def find(self, source: Source) -> Iterator[Finding]:
        """Look at those that are in the registry, or must be."""
        check = Check(source, deep=False)
        for image in sorted(self._holders):
            faults = self._faults(source, check, image)
            if faults is not None:
                yield Finding(image, tuple(sorted(self._holders[image])), tuple(faults))

    def _faults(self, source: Source, check: Check, image: Image) -> list[str] | None:
        """Say what is wrong with an image; None for one that is not here and may be another registry's."""
        if _is_here(source, image):
            return check.faults_of(*image)
        return ["is not here"] if image in self._ours else None


def _is_possible(image: Image) -> bool:
    """Names come from whoever may create a pod: what follows no grammar becomes no part of a path."""
    try:
        names.check_repository(image.repository)
        digests.parse(image.reference) if ":" in image.reference else names.check_tag(image.reference)
    except (RegtoolError, ValueError):
        return False
    return True


def _is_here(source: Source, image: Image) -> bool:
    if not source.has_repository(image.repository):
        return False
    if ":" in image.reference:
        return source.has_manifest(*image)
    return image.reference in source.tag_names(image.repository)
