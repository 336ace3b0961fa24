"""What belongs to images: signatures, attestations, SBOMs, by tags that spell their image and by their subject."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from solakube_regtool.alive.attachments import spelled
from solakube_regtool.errors import RegtoolError
from solakube_regtool.http.parallel import Once
from solakube_regtool.importing.origin import Origin
from solakube_regtool.oci import digests
from solakube_regtool.oci.manifest import OCI_INDEX
from solakube_regtool.registry_api.client import RegistryApi, Stored

_DIGITS_IN_TAGS = 64


class Attached(NamedTuple):
    """A manifest that belongs to another.

    Attributes:
        digest: its digest.
        tag: that points to it; "" for none.
    """

    digest: str
    tag: str = ""


class Attachments:
    """Finds what belongs to manifests at the origin. Any number of threads may share it.

    Args:
        origin: where to look.
    """

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._tags: Once[str, Mapping[tuple[str, str], Sequence[str]]] = Once(self._read_tags)

    def of(self, repository: str, key: bytes) -> Iterator[Attached]:
        """Give what belongs to a manifest.

        Raises:
            RegtoolError: it cannot be told.
        """
        for name in self._tags(repository).get(_beginning(key), ()):
            tag = self._origin.source.tag(repository, name)
            if tag:
                yield Attached(tag.digest, name)
        for found in self._origin.referrers(repository, digests.text(key)):
            yield Attached(_digest(found))

    def _read_tags(self, repository: str) -> Mapping[tuple[str, str], Sequence[str]]:
        found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for name in self._origin.source.tag_names(repository):
            named = spelled(name)
            if named:
                found[named.algorithm, named.digits[:_DIGITS_IN_TAGS]].append(name)
        return found


def tell_by_tag(origin: Origin, target: RegistryApi, repository: str, key: bytes) -> None:
    """Have a registry that tells no referrers tell those of a manifest by a tag, as clients have to that push such.

    Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md, "Referrers Tag Schema".

    Raises:
        RegtoolError: the tag cannot be set.
    """
    digest = digests.text(key)
    told = [found for found in origin.referrers(repository, digest) if "mediaType" in found]
    if not told or target.referrers(repository, digest) is not None:
        return
    name = "-".join(_beginning(key))
    changed = _with(target.manifest(repository, name), told)
    if changed:
        target.put_manifest(repository, name, changed)


def _with(index: Stored | None, referrers: Iterable[Mapping[str, Any]]) -> Stored | None:
    """Add descriptors to an index, or make one; None where it has them all."""
    document: dict[str, Any] = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
    try:
        known = json.loads(index.content)["manifests"] if index else []
        missing = [found for found in referrers if found["digest"] not in [one["digest"] for one in known]]
    except (ValueError, KeyError, TypeError) as error:
        raise RegtoolError("the tag for what belongs to an image is no index", str(error)) from error
    if not missing:
        return None
    document["manifests"] = [*known, *missing]
    return Stored(json.dumps(document, separators=(",", ":")).encode(), OCI_INDEX)


def _beginning(key: bytes) -> tuple[str, str]:
    algorithm, digits = digests.parts(key)
    return algorithm, digits[:_DIGITS_IN_TAGS]


def _digest(descriptor: Mapping[str, Any]) -> str:
    try:
        digest = str(descriptor["digest"])
        digests.parse(digest)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RegtoolError("the origin tells what belongs to an image by no digest", str(error)) from error
    return digest
