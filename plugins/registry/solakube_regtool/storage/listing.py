"""What a bucket's listing told of objects, packed: some fifty bytes for each, and found by their keys."""

from __future__ import annotations

import functools
import itertools
import operator
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from solakube_regtool.s3.answers import Object

_PAGE = 128
"""Objects that are packed together: to find one takes unpacking its page."""

_UNPACKED = 64
"""Pages that stay unpacked: whoever reads a folder goes from one to the next."""

_END = "\t"
"""Ends a key. It sorts before all that keys are made of, so lines are in the order of their keys."""


class Listing:
    """Objects by their keys, as they were when they were listed.

    Args:
        objects: in the order of their keys, as S3 lists them; others take memory until they are sorted. What has
            control characters in its key is left out: no registry names anything so.
    """

    def __init__(self, objects: Iterable[Object]) -> None:
        self._firsts: list[str] = []
        self._packed: list[bytes] = []
        self._lines = functools.lru_cache(_UNPACKED)(self._unpacked)
        if not self._pack_all(_line(found) for found in objects if found.key.isprintable()):
            lines = sorted(line for number in range(len(self._packed)) for line in self._unpacked(number))
            self._firsts, self._packed = [], []
            self._pack_all(lines)

    def find(self, key: str) -> Object | None:
        """Give an object; None for none."""
        found = self._from(key)
        return found if found is not None and found.key == key else None

    def below(self, prefix: str) -> Iterator[Object]:
        """Give all objects whose keys begin so, in order."""
        number, position = self._place_of(prefix)
        for index in range(number, len(self._packed)):
            for line in self._lines(index)[position:]:
                if not line.startswith(prefix):
                    return
                yield _object(line)
            position = 0

    def entries(self, prefix: str) -> dict[str, bool]:
        """Give what keys have after a prefix and before the next slash, each with whether some key goes on there."""
        found: dict[str, bool] = {}
        following = self._from(prefix)
        while following is not None and following.key.startswith(prefix):
            name, slash, _ = following.key[len(prefix) :].partition("/")
            found[name] = found.get(name, False) or bool(slash)
            # Past all that begins with the name and a slash, or past the object itself.
            following = self._from(f"{prefix}{name}{chr(ord('/') + 1)}" if slash else f"{following.key}{_END}\uffff")
        return found

    def _from(self, key: str) -> Object | None:
        """Give the first object whose key is not before this one."""
        number, position = self._place_of(key)
        return _object(self._lines(number)[position]) if number < len(self._packed) else None

    def _place_of(self, key: str) -> tuple[int, int]:
        """Give the page and the line of the first object whose key is not before this one."""
        number = max(bisect_right(self._firsts, key) - 1, 0)
        if number == len(self._packed):
            return number, 0
        lines = self._lines(number)
        position = bisect_left(lines, key)
        return (number, position) if position < len(lines) else (number + 1, 0)

    def _pack_all(self, lines: Iterable[str]) -> bool:
        """Pack lines; tell whether they came in order."""
        rest, last, ordered = iter(lines), "", True
        while page := list(itertools.islice(rest, _PAGE)):
            ordered = ordered and last < page[0] and all(map(operator.lt, page, page[1:]))
            last = page[-1]
            self._firsts.append(page[0].partition(_END)[0])
            self._packed.append(zlib.compress("\n".join(page).encode(), 1))
        return ordered

    def _unpacked(self, number: int) -> list[str]:
        return zlib.decompress(self._packed[number]).decode().split("\n")


def _line(found: Object) -> str:
    # Of what is no link nobody asks for its hash.
    etag = found.etag if found.key.endswith("/link") else ""
    return f"{found.key}{_END}{found.size}{_END}{int(found.modified)}{_END}{etag}"


def _object(line: str) -> Object:
    key, size, modified, etag = line.split(_END)
    return Object(key, int(size), float(modified), etag)
