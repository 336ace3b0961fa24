"""Signatures, attestations and SBOMs that are tags: they live while the image lives that their name spells.

Clients make them where a registry has no referrers API: `sha256-<hex>` (OCI's fallback) and
`sha256-<hex>.sig|.att|.sbom` (cosign).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from solakube_regtool.oci import digests

_NAME = re.compile(r"(sha256|sha384|sha512)-([0-9a-f]+)(\.[a-z]+)?")


class Attachment(NamedTuple):
    """A tag whose name spells the image that it belongs to.

    Attributes:
        repository: its repository's name.
        name: the tag itself.
        key: of the manifest that it points to.
        subject: key of the image.
    """

    repository: str
    name: str
    key: bytes
    subject: bytes


def subject_of(tag: str) -> bytes | None:
    """Give the key of the digest that a tag's name spells; None if it spells none."""
    match = _NAME.fullmatch(tag)
    if not match or len(match[2]) != digests.HEX_LENGTHS[match[1]]:
        return None
    return digests.key_of(match[1], match[2])
