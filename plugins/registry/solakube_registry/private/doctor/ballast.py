"""Something to download: always the same, so that no more of it than once ever lies in a registry."""

from __future__ import annotations

from functools import cache
from hashlib import shake_256

from solakube_registry.oci import Image, image, layer

_BYTES = 8 * 1024 * 1024


@cache
def ballast() -> Image:
    """Return an image with one layer of 8 MiB, which cannot be compressed."""
    return image([layer({"ballast": shake_256(b"solakube").digest(_BYTES)})], "amd64")


def layer_of(content: Image) -> str:
    """Return the digest of an image's last layer."""
    return content.blobs[-1].digest
