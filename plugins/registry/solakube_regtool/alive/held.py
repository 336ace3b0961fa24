"""What a cluster names, as the program is told: who holds each image, by REPOSITORY:TAG or by digest."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence

from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import digests

Held = Mapping[str, Sequence[str]]
"""Holders by what they hold, as `cluster.held.held_images` returns them."""


def read(path: str) -> Held:
    """Read who holds what.

    Args:
        path: a JSON file; "-" is standard input.

    Raises:
        RegtoolError: it cannot be read, or is something else.
    """
    try:
        if path == "-":
            return checked(json.load(sys.stdin))
        with open(path, encoding="utf-8") as file:
            return checked(json.load(file))
    except (OSError, ValueError, RecursionError) as error:
        raise RegtoolError(f"who holds images cannot be read from {path}", str(error)) from error


def checked(document: object) -> Held:
    """Return what a JSON document tells of holders.

    Raises:
        ValueError: it is no such document.
    """
    if not isinstance(document, dict) or not all(isinstance(holders, list) for holders in document.values()):
        raise ValueError("it is no object with lists of holders")
    return document


def keys(names: Iterable[str]) -> frozenset[bytes]:
    """Give the keys of those names that are digests."""
    found = set()
    for name in names:
        try:
            found.add(digests.parse(name))
        except ValueError:
            # A tag, which is alive as such, or something that no registry could serve.
            continue
    return frozenset(found)
