"""Manifests: what an image, an index or an artifact is made of.

Read are Docker's schema 1 and 2 and manifest lists, OCI's images, indexes and artifacts. Any other content is of the
kind `unknown`, and is taken to refer to every digest that stands in it: what is not understood must not be lost. What
was cut off, emptied or overwritten is of the kind `damaged`: it may have referred to others besides.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from solakube_regtool.oci import digests

IMAGE = "image"
INDEX = "index"
ARTIFACT = "artifact"
SCHEMA1 = "schema1"
UNKNOWN = "unknown"
DAMAGED = "damaged"

OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
SIGNED_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"

MANIFEST_MEDIA_TYPES = frozenset(
    {
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        OCI_IMAGE,
        OCI_INDEX,
        "application/vnd.oci.artifact.manifest.v1+json",
    }
)

_IMAGES = (OCI_IMAGE, "application/vnd.docker.distribution.manifest.v2+json")

_KEYS = frozenset(
    ("schemaVersion", "mediaType", "config", "layers", "manifests", "subject", "blobs", "fsLayers"),
)
_LOWER_KEYS = frozenset(key.lower() for key in _KEYS)
_TELLING_LOWER_KEYS = frozenset(("schemaversion", "mediatype"))

_decode = json.JSONDecoder().decode
"""Reads JSON. Manifests are UTF-8: `json.loads` would look each time in which of five ways a content is encoded."""

LARGEST = 4 * 1024 * 1024
"""Bytes of the largest manifest that distribution accepts."""


class Descriptor(NamedTuple):
    """A reference to content.

    Attributes:
        key: of its digest, in the algorithm that the manifest uses (see `digests`).
        size: bytes; -1 where the manifest does not tell.
        media_type: empty where the manifest does not tell.
        platform: `os/architecture[/variant]` of an index's child; empty otherwise.
    """

    key: bytes
    size: int = -1
    media_type: str = ""
    platform: str = ""

    @property
    def digest(self) -> str:
        """Its digest as text."""
        return digests.text(self.key)

    @property
    def external(self) -> bool:
        """The content is fetched from elsewhere and may be missing here.

        Docker has foreign layers, OCI non-distributable ones. A layer that only has `urls` must be here all the same.
        """
        return "foreign" in self.media_type or "nondistributable" in self.media_type

    @property
    def may_be_manifest(self) -> bool:
        """Its media type does not tell otherwise. BuildKit has caches that are indexes of layers."""
        return not self.media_type or "manifest" in self.media_type or self.media_type.endswith(("json", "index"))


class Manifest(NamedTuple):
    """A manifest, read.

    Attributes:
        kind: one of IMAGE, INDEX, ARTIFACT, SCHEMA1, UNKNOWN, DAMAGED.
        media_type: as the manifest itself tells; may be empty.
        config: an image's configuration.
        layers: layers of an image, blobs of an artifact.
        children: manifests of an index; references of an unknown or damaged one, which may be manifests.
        subject: key of the manifest that this one belongs to (a signature, an SBOM).
        size: bytes of what was read; a damaged one may have more.
    """

    kind: str
    media_type: str = ""
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    children: tuple[Descriptor, ...] = ()
    subject: bytes | None = None
    size: int = 0

    @property
    def parts(self) -> tuple[Descriptor, ...]:
        """All that it names."""
        return self.blobs + self.children

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """Configuration and layers."""
        return ((self.config,) if self.config else ()) + self.layers

    @property
    def nested(self) -> tuple[Descriptor, ...]:
        """What may be manifests in turn."""
        children = tuple(child for child in self.children if child.may_be_manifest)
        return children + tuple(layer for layer in self.layers if layer.media_type in MANIFEST_MEDIA_TYPES)


def parse(content: bytes) -> Manifest:
    """Read a manifest. Never fails: what is not understood is of the kind UNKNOWN, or DAMAGED if it is no JSON."""
    try:
        document = _decode(content.decode())
        if not _is_manifest(document):
            return _unknown(content)._replace(kind=DAMAGED)
        return _understood(document, len(content))
    except (json.JSONDecodeError, UnicodeDecodeError):
        # The registry accepts nothing that is no JSON.
        return _unknown(content)._replace(kind=DAMAGED)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return _unknown(content)


def _is_manifest(document: object) -> bool:
    """Tell whether a document tells what it is: the registry accepts none that does not."""
    return isinstance(document, dict) and not _TELLING_LOWER_KEYS.isdisjoint(map(str.lower, document))


def _understood(document: dict[str, Any], size: int) -> Manifest:
    if not _LOWER_KEYS.isdisjoint(map(str.lower, document.keys() - _KEYS)):
        raise ValueError("a key in other letters, which the registry, being written in Go, takes for the same")
    subject = document.get("subject")
    media_type = document.get("mediaType") or ""
    if media_type and media_type not in MANIFEST_MEDIA_TYPES and document.get("schemaVersion") != 1:
        raise ValueError("a media type that is not known")
    common: dict[str, Any] = {
        "media_type": str(media_type),
        "subject": digests.parse(subject["digest"]) if subject else None,
        "size": size,
    }
    if document.get("schemaVersion") == 1:
        layers = tuple(Descriptor(digests.parse(layer["blobSum"])) for layer in document["fsLayers"])
        return Manifest(SCHEMA1, layers=layers, **common)
    if "manifests" in document and "layers" not in document:
        return Manifest(INDEX, children=_descriptors(document["manifests"]), **common)
    if ("layers" in document or (media_type in _IMAGES and "config" in document)) and "manifests" not in document:
        config = _descriptor(document["config"]) if document.get("config") else None
        return Manifest(IMAGE, config=config, layers=_descriptors(document.get("layers")), **common)
    if document.get("mediaType") == "application/vnd.oci.artifact.manifest.v1+json":
        return Manifest(ARTIFACT, layers=_descriptors(document.get("blobs")), **common)
    raise ValueError("no kind of manifest that is known")


def _descriptors(documents: list[dict[str, Any]] | None) -> tuple[Descriptor, ...]:
    return tuple(map(_descriptor, documents or ()))


def _descriptor(document: dict[str, Any]) -> Descriptor:
    size, platform = document.get("size"), document.get("platform")
    return Descriptor(
        digests.parse(document["digest"]),
        size if isinstance(size, int) else -1,
        str(document.get("mediaType") or ""),
        _platform(platform) if platform else "",
    )


def _platform(document: dict[str, Any]) -> str:
    named = (document.get("os"), document.get("architecture"), document.get("variant"))
    return "/".join(str(part) for part in named if part)


def _unknown(content: bytes) -> Manifest:
    return Manifest(UNKNOWN, children=tuple(map(Descriptor, digests.found_in(content))), size=len(content))
