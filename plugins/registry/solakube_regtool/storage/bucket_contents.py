"""What has been read of a bucket's small blobs, which never change: kept packed, and read ahead many at a time."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator
from itertools import islice

from solakube_regtool.http.parallel import Crew

_LARGEST = 1 << 16
"""Bytes of a content that is worth keeping: nearly any manifest or configuration."""

_MOST = 24 << 20
"""Bytes of all that is kept."""

_AHEAD = 256
"""Contents that are read at a time."""

Read = Callable[[str], "bytes | None"]


class Contents:
    """Reads small blobs. Any number of threads may share it.

    Args:
        read: gives an object's content; None for none.
        crew: reads many at a time.
    """

    def __init__(self, read: Read, crew: Crew) -> None:
        self._read, self._crew = read, crew
        self._kept: dict[str, bytes] = {}
        self._size = 0
        self._keeping, self._reading = threading.Lock(), threading.Lock()
        self._expected: Callable[[], Iterator[str]] | None = None
        self._ahead: Iterator[str] = iter(())

    def expect(self, keys: Callable[[], Iterator[str]]) -> None:
        """Hear which objects will be read, about in which order: when one is not kept, those that follow are read, too.

        Args:
            keys: gives them, as often as all have been read.
        """
        self._expected = keys
        self._ahead = keys()

    def read(self, key: str) -> bytes | None:
        """Give an object's content; None for none."""
        content = self._known(key)
        if content is not None:
            return content
        if self._expected is None:
            return self._keep(key, self._read(key))
        with self._reading:
            # Somebody else may have read it while this one waited.
            content = self._known(key)
            return content if content is not None else self._read_ahead(key, self._expected)

    def _known(self, key: str) -> bytes | None:
        packed = self._kept.get(key)
        return None if packed is None else zlib.decompress(packed)

    def _read_ahead(self, key: str, expected: Callable[[], Iterator[str]]) -> bytes | None:
        wanted = [key, *islice((other for other in self._ahead if other != key and other not in self._kept), _AHEAD)]
        if len(wanted) == 1:
            self._ahead = expected()
        contents = list(self._crew.each(self._read, wanted))
        for other, content in zip(wanted, contents):
            self._keep(other, content)
        return contents[0]

    def _keep(self, key: str, content: bytes | None) -> bytes | None:
        if content is not None and len(content) <= _LARGEST:
            packed = zlib.compress(content, 1)
            with self._keeping:
                self._size += len(packed) - len(self._kept.pop(key, b""))
                self._kept[key] = packed
                while self._size > _MOST:
                    self._size -= len(self._kept.pop(next(iter(self._kept))))
        return content
