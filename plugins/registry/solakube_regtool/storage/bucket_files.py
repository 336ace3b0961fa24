"""A bucket that a registry's tree lies in, read as the folders and files that its keys spell.

A request lists a thousand keys: so all of a repository is listed when anything in it is asked for, and that is kept.
What such a list has not is asked for anew before it counts as absent, since the registry is at work.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import stat
import sys
import threading
from typing import NamedTuple

from solakube_regtool.oci import digests
from solakube_regtool.s3.bucket import Bucket

_PIECE = 1 << 16
_LARGEST_KEPT = 1 << 16
_MOST_KEPT = 64 << 20


class _Object(NamedTuple):
    size: int
    modified: float


class _Folder(dict[str, "_Folder | _Object"]):
    """What keys have after a common beginning and before the next slash."""


class BucketFiles:
    """Implements `place.Place`. Paths are /BUCKET/KEY; any number of threads may share it.

    Args:
        bucket: where the objects are.
    """

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self._top = _Folder()
        self._listed: set[str] = set()
        self._kept: dict[str, bytes] = {}
        self._bytes_kept = 0
        self._lock = threading.Lock()
        self._root = bucket.address.key("docker/registry/v2")

    @property
    def data(self) -> str:
        """The path of what corresponds to a registry's data folder."""
        return f"/{self.bucket.address.bucket}/{self.bucket.address.prefix}".rstrip("/")

    def read(self, path: str, limit: int = 1 << 26) -> bytes:
        """Read an object; FileNotFoundError where there is none. Of blobs, which never change, small ones are kept."""
        key = self._key(path)
        content = self._kept.get(key)
        if content is not None:
            return content[:limit]
        content = self.bucket.read(key, limit=limit)
        if content is None:
            raise FileNotFoundError(path)
        if self._is_blob(key) and len(content) < min(limit, _LARGEST_KEPT) and self._bytes_kept < _MOST_KEPT:
            self._kept[key] = content
            self._bytes_kept += len(content)
        return content

    def hashed(self, path: str, algorithm: str) -> str:
        """Hash an object's content as it comes; FileNotFoundError where there is none."""

        def hash_all(response: http.client.HTTPResponse) -> bytes:
            digester = hashlib.new(algorithm)
            while piece := response.read(_PIECE):
                digester.update(piece)
            if response.length:
                raise http.client.IncompleteRead(b"", response.length)
            return digester.digest()

        raw = self.bucket.read(self._key(path), hash_all)
        if raw is None:
            raise FileNotFoundError(path)
        return digests.text(digests.key_of(algorithm, raw.hex()))

    def names(self, path: str) -> list[str]:
        """List what keys have after this path and before the next slash."""
        found = self._look(self._key(path))
        return list(found) if isinstance(found, _Folder) else []

    def folders(self, path: str) -> list[str]:
        """List those of them that end with a slash."""
        return list(self.folder_entries(path))

    def folder_entries(self, path: str) -> dict[str, bool]:
        """List the same; there are no links."""
        found = self._look(self._key(path))
        if not isinstance(found, _Folder):
            return {}
        return {name: False for name, entry in found.items() if isinstance(entry, _Folder)}

    def status(self, path: str) -> os.stat_result | None:
        """Look at an object; None if there is none, now. Nobody knows when it was last read: never, it says."""
        key = self._key(path)
        # To list all blobs for the sake of one would take many requests: see `expect`.
        found = None if self._is_blob(key) and not self._is_listed(key) else self._look(key)
        if isinstance(found, _Object):
            return _status(*found)
        fresh = self.bucket.find(key)
        return _status(fresh.size, fresh.modified) if fresh else None

    def size(self, path: str) -> int | None:
        """Give an object's size in bytes; None if it is not there."""
        found = self.status(path)
        return found.st_size if found else None

    def is_folder(self, path: str) -> bool:
        """Tell whether keys go on after this path."""
        return isinstance(self._look(self._key(path)), _Folder)

    def exists(self, path: str) -> bool:
        """Tell whether there is such an object, or keys that go on."""
        return self.is_folder(path) or self.status(path) is not None

    def is_same(self, path: str, other: str) -> bool:
        """Tell whether two paths are the same."""
        return path == other

    def expect(self, path: str) -> None:
        """List all that is below."""
        self._list(self._key(path))

    def _key(self, path: str) -> str:
        return path[len(self.bucket.address.bucket) + 2 :]

    def _is_blob(self, key: str) -> bool:
        return key.startswith(f"{self._root}/blobs/")

    def _look(self, key: str) -> _Folder | _Object | None:
        self._list(self._area(key))
        found: _Folder | _Object | None = self._top
        for part in key.split("/"):
            found = found.get(part) if isinstance(found, _Folder) else None
        return found

    def _area(self, key: str) -> str:
        """Give the beginning of what is listed with a key: all blobs, or all of its repository."""
        if self._is_blob(key):
            return f"{self._root}/blobs"
        repositories = f"{self._root}/repositories"
        inside = key.find("/_", len(repositories)) if key.startswith(repositories) else -1
        return key if inside < 0 else key[:inside]

    def _is_listed(self, key: str) -> bool:
        parts = key.split("/")
        return any("/".join(parts[:count]) in self._listed for count in range(1, len(parts) + 1))

    def _list(self, area: str) -> None:
        with self._lock:
            if self._is_listed(area):
                return
            for found in self.bucket.objects(f"{area}/"):
                self._add(found.key.split("/"), _Object(found.size, found.modified))
            self._listed.add(area)

    def _add(self, parts: list[str], entry: _Object) -> None:
        folder = self._top
        for part in parts[:-1]:
            inner = folder.get(part)
            if not isinstance(inner, _Folder):
                # A name may be an object and begin others, too: those count.
                inner = folder[sys.intern(part)] = _Folder()
            folder = inner
        if not isinstance(folder.get(parts[-1]), _Folder):
            folder[sys.intern(parts[-1])] = entry


def _status(size: int, modified: float) -> os.stat_result:
    """Give what `os.stat` would: a file of one's own, never read."""
    seconds = int(modified)
    return os.stat_result((stat.S_IFREG, 0, 0, 1, os.geteuid(), os.getegid(), size, 0, seconds, seconds))
