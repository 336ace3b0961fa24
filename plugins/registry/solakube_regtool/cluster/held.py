"""Which images a cluster names: what it runs, or could roll back to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from solakube_regtool.cluster.kinds import Kind
from solakube_regtool.cluster.references import images_in, names_of

Held = Mapping[str, list[str]]
"""Who holds each image: "Kind namespace/name" of the holders, by REPOSITORY:TAG, by digest, and as it was written."""


def held_images(listed: Iterable[tuple[Kind, Iterable[Mapping[str, Any]]]]) -> Held:
    """Return who holds each image.

    Args:
        listed: the objects of each kind, of all namespaces.
    """
    held: dict[str, list[str]] = defaultdict(list)
    for kind, items in listed:
        for item in items:
            holder = _holder(kind, item["metadata"], item.get("kind"))
            for name in {name for image in images_in(item) for name in (image, *names_of(image))}:
                held[name].append(holder)
    return held


def _holder(kind: Kind, metadata: Mapping[str, Any], told: str | None) -> str:
    """The server names no kind in the items of a list, but for kinds of custom resources."""
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{told or kind.name} {place}{metadata['name']}"
