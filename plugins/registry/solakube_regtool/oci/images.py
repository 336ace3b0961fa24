"""What an image amounts to: its size, its platforms, when it was made."""

from __future__ import annotations

import calendar
import json
import re
from typing import NamedTuple

from solakube_regtool.oci import digests
from solakube_regtool.oci import manifest as manifests
from solakube_regtool.oci.contents import Contents

_NO_PLATFORM = "unknown/unknown"
"""Of an attestation in an index, as BuildKit writes it."""


_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)", re.ASCII)


class Image(NamedTuple):
    """An image, single or for several platforms.

    Attributes:
        size: bytes of all its blobs as its manifests tell, each counted once.
        platforms: `os/architecture[/variant]`, empty where it does not tell.
        created: seconds since 1970 as its configuration tells, None where it does not.
    """

    size: int
    platforms: tuple[str, ...]
    created: float | None


def describe(contents: Contents, digest: str) -> Image:
    """Describe the image of a manifest."""
    sizes: dict[bytes, int] = {}
    platforms: list[str] = []
    created: list[float] = []
    waiting = [(digests.parse(digest), "")]
    while waiting:
        key, platform = waiting.pop()
        if key in sizes:
            continue
        found = contents.manifest_of(key)
        sizes[key] = found.size if found and found.kind != manifests.DAMAGED else contents.blob_size(key) or 0
        if found is None:
            continue
        waiting += [(child.key, child.platform) for child in found.children if child.may_be_manifest]
        for blob in (*found.blobs, *(child for child in found.children if not child.may_be_manifest)):
            # Looked at is only what its manifest does not tell, and what may have been fetched from elsewhere: that
            # takes no space here.
            told = blob.size if blob.size >= 0 and not blob.external else contents.blob_size(blob.key)
            sizes[blob.key] = told or 0
        if found.kind == manifests.INDEX:
            continue
        named, made = _configuration(contents, found)
        platforms += [name for name in (platform or named,) if name and name != _NO_PLATFORM]
        created += [moment for moment in (made,) if moment is not None]
    return Image(sum(sizes.values()), tuple(sorted(set(platforms))), max(created, default=None))


def _configuration(contents: Contents, found: manifests.Manifest) -> tuple[str, float | None]:
    content = contents.read_blob(found.config.key) if found.config else None
    try:
        document = json.loads((content or b"{}").decode())
        named = (document.get("os"), document.get("architecture"), document.get("variant"))
        return "/".join(str(part) for part in named if part), _moment(document.get("created"))
    except (ValueError, AttributeError, RecursionError):
        return "", None


def _moment(text: object) -> float | None:
    """Read an RFC 3339 time to the second; image configurations state it in UTC."""
    found = _TIME.match(str(text))
    if not found:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        return float(calendar.timegm((year, month, day, hour, minute, second)))
    except ValueError:
        return None
