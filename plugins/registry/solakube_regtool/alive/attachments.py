"""Signatures, attestations and SBOMs that are tags: they live while the image lives that their name spells.

Clients make them where a registry has no referrers API: `sha256-<hex>` (OCI's fallback) and
`sha256-<hex>.sig|.att|.sbom` (cosign). OCI's fallback has 64 digits at most, also of a digest that has more.
Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md, "Referrers Tag Schema".
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from solakube_regtool.oci import digests

_NAME = re.compile(r"(sha256|sha384|sha512)-([0-9a-f]+)(?:\.[\w.-]+)?", re.ASCII)
_MOST_DIGITS = 64


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


class Spelled(NamedTuple):
    """A digest as the name of a tag spells it.

    Attributes:
        algorithm: such as "sha256".
        digits: hexadecimal; of a longer digest the first 64.
    """

    algorithm: str
    digits: str


def spelled(tag: str) -> Spelled | None:
    """Give the digest that a tag's name spells; None if it spells none."""
    match = _NAME.fullmatch(tag)
    if not match or len(match[2]) not in (_MOST_DIGITS, digests.HEX_LENGTHS[match[1]]):
        return None
    return Spelled(match[1], match[2])


def subject_of(tag: str, manifests: Collection[bytes]) -> bytes | None:
    """Give the key of the manifest, of some, that a tag's name spells; None if it spells none of them."""
    named = spelled(tag)
    if named is None:
        return None
    if len(named.digits) == digests.HEX_LENGTHS[named.algorithm]:
        key = digests.key_of(*named)
        return key if key in manifests else None
    longer = (key for key in manifests if not digests.is_canonical(key))
    return next((key for key in longer if _begins(digests.parts(key), named)), None)


def _begins(digest: tuple[str, str], named: Spelled) -> bool:
    return digest[0] == named.algorithm and digest[1].startswith(named.digits)
