"""What a cluster names, as the program is told: who holds each image, by REPOSITORY:TAG or by digest."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence

from solakube_regtool.cluster.references import names_of, parse
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


def by_all_names(held: Held) -> Held:
    """Tell who holds each image by all that the names stand for, whatever host they begin with."""
    found = {name: list(holders) for name, holders in held.items()}
    for name, holders in held.items():
        for further in names_of(name):
            known = found.setdefault(further, [])
            known += [holder for holder in holders if holder not in known]
    return found


def keys(names: Iterable[str]) -> frozenset[bytes]:
    """Give the keys of those names that are digests, or end in one."""
    found = set()
    for name in names:
        try:
            found.add(digests.parse(parse(name).digest or name))
        except ValueError:
            # A tag, which is alive as such, or something that no registry could serve.
            continue
    return frozenset(found)
