"""A bucket that a registry's tree lies in, read as the folders and files that its keys spell.

A request lists a thousand keys: so all of a repository is listed when anything in it is asked for, and that is kept.
What such a list has not is asked for anew before it counts as absent, since the registry is at work.

To read an object takes a request, and there is a link for each tag. But the list has the MD5 of what was written in one
piece: where that is of a digest which the link's own path spells, or that its tag ever pointed to, nothing is read.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import stat
import threading
from collections.abc import Iterator

from solakube_regtool.http.parallel import Crew
from solakube_regtool.oci import digests
from solakube_regtool.oci.manifest import LARGEST
from solakube_regtool.s3.answers import Object
from solakube_regtool.s3.bucket import Bucket
from solakube_regtool.storage.bucket_contents import Contents
from solakube_regtool.storage.listing import Listing
from solakube_regtool.storage.workspace import NAME

_PIECE = 1 << 16
_RANGE = 8 << 20
"""Bytes that are asked for at a time of what may be large."""
_REVISION = re.compile(r".*/_manifests/revisions/sha256/(..)([0-9a-f]{62})/link")
_NAMED = re.compile(r".*/(sha(?:256|384|512))/([0-9a-f]+)/link")
_CURRENT = "/current/link"


class BucketFiles:
    """Implements `place.Place`. Paths are /BUCKET/KEY; any number of threads may share it.

    Args:
        bucket: where the objects are.
        crew: reads ahead; None for one of its own.
    """

    def __init__(self, bucket: Bucket, crew: Crew | None = None) -> None:
        self.bucket = bucket
        self._listings: dict[str, Listing] = {}
        self._contents = Contents(lambda key: bucket.read(key, limit=LARGEST), crew or Crew())
        self._lock = threading.Lock()
        self._root = bucket.address.key("docker/registry/v2")
        self._deleted = f"{self._root}/{NAME}/deleted"

    @property
    def data(self) -> str:
        """The path of what corresponds to a registry's data folder."""
        return f"/{self.bucket.address.bucket}/{self.bucket.address.prefix}".rstrip("/")

    def read(self, path: str, limit: int = 1 << 26) -> bytes:
        """Read an object; FileNotFoundError where there is none. Small ones that never change are kept."""
        key = self.key_of(path)
        if self._is_kept(key) and limit <= LARGEST:
            content = self._contents.read(key)
        else:
            content = self._told(key) or self.bucket.read(key, limit=limit)
        if content is None:
            raise FileNotFoundError(path)
        return content[:limit]

    def read_anew(self, path: str) -> bytes:
        """Read what an object holds now, whatever a list told; FileNotFoundError where there is none."""
        content = self.bucket.read(self.key_of(path))
        if content is None:
            raise FileNotFoundError(path)
        return content

    def pieces(self, path: str) -> Iterator[bytes]:
        """Read an object piece by piece, a request for each; FileNotFoundError where there is none."""
        key, begin = self.key_of(path), 0
        while True:
            piece = self.bucket.read(key, limit=_RANGE, begin=begin)
            if piece is None:
                raise FileNotFoundError(path)
            yield piece
            begin += len(piece)
            if len(piece) < _RANGE:
                return

    def replace(self, path: str, content: bytes) -> None:
        """Write an object, in the place of what is there."""
        self.bucket.write(self.key_of(path), content)

    def _told(self, key: str) -> bytes:
        """Give what a link holds, as far as a list tells; nothing where it does not."""
        listing = self._listed(key)
        found = listing.find(key) if listing else None
        if listing is None or found is None or not found.etag:
            return b""
        if key.endswith(_CURRENT):
            history = f"{key.removesuffix(_CURRENT)}/index/"
            names = [
                f"{history}{algorithm}/{name}/link"
                for algorithm in listing.entries(history)
                for name in listing.entries(f"{history}{algorithm}/")
            ]
        else:
            names = [key]
        spelt = (f"{match[1]}:{match[2]}".encode() for match in map(_NAMED.fullmatch, names) if match)
        return next((text for text in spelt if hashlib.md5(text, usedforsecurity=False).hexdigest() == found.etag), b"")

    def hashed(self, path: str, algorithm: str) -> str:
        """Hash an object's content as it comes; FileNotFoundError where there is none."""

        def hash_all(response: http.client.HTTPResponse) -> bytes:
            digester = hashlib.new(algorithm)
            while piece := response.read(_PIECE):
                digester.update(piece)
            if response.length:
                raise http.client.IncompleteRead(b"", response.length)
            return digester.digest()

        raw = self.bucket.read(self.key_of(path), hash_all)
        if raw is None:
            raise FileNotFoundError(path)
        return digests.text(digests.key_of(algorithm, raw.hex()))

    def names(self, path: str) -> list[str]:
        """List what keys have after this path and before the next slash."""
        return list(self._entries(path))

    def folders(self, path: str) -> list[str]:
        """List those of them that end with a slash."""
        return list(self.folder_entries(path))

    def folder_entries(self, path: str) -> dict[str, bool]:
        """List the same; there are no links."""
        return {name: False for name, goes_on in self._entries(path).items() if goes_on}

    def _entries(self, path: str) -> dict[str, bool]:
        key = self.key_of(path)
        return self._listing(key).entries(f"{key}/")

    def objects(self, path: str) -> Iterator[Object]:
        """Give all objects below a path, in the order of their keys."""
        key = self.key_of(path)
        return self._listing(key).below(f"{key}/")

    def status(self, path: str) -> os.stat_result | None:
        """Look at an object; None if there is none, now. Nobody knows when it was last read: never, it says."""
        key = self.key_of(path)
        # To list all blobs for the sake of one would take many requests: see `expect`.
        listing = self._listed(key) if self._is_blob(key) else self._listing(key)
        found = (listing.find(key) if listing else None) or self.bucket.find(key)
        return _status(found) if found else None

    def size(self, path: str) -> int | None:
        """Give an object's size in bytes; None if it is not there."""
        found = self.status(path)
        return found.st_size if found else None

    def is_folder(self, path: str) -> bool:
        """Tell whether keys go on after this path."""
        return bool(self._entries(path))

    def exists(self, path: str) -> bool:
        """Tell whether there is such an object, or keys that go on."""
        return self.is_folder(path) or self.status(path) is not None

    def is_same(self, path: str, other: str) -> bool:
        """Tell whether two paths are the same."""
        return path == other

    def expect(self, path: str) -> None:
        """List all that is below, and read ahead what a mark will read."""
        listing = self._listing(self.key_of(path))
        self._contents.expect(lambda: self._to_read(listing))

    def forget(self) -> None:
        """Hear that what was listed is out of date; what small blobs hold is not."""
        with self._lock:
            self._listings = {}

    def _to_read(self, listing: Listing) -> Iterator[str]:
        """Give the keys of the notes of deletions, and of the manifests that repositories link, in their order."""
        yield from (found.key for found in listing.below(f"{self._deleted}/"))
        for found in listing.below(f"{self._root}/repositories/"):
            if match := _REVISION.fullmatch(found.key):
                yield f"{self._root}/blobs/sha256/{match[1]}/{match[1]}{match[2]}/data"

    def key_of(self, path: str) -> str:
        """Give the key of what has this path."""
        return path[len(self.bucket.address.bucket) + 2 :]

    def _is_blob(self, key: str) -> bool:
        return key.startswith(f"{self._root}/blobs/")

    def _is_kept(self, key: str) -> bool:
        """Tell whether what an object holds never changes: that of blobs, and of what tells of a deletion."""
        return self._is_blob(key) or key.startswith(f"{self._deleted}/")

    def _area(self, key: str) -> str:
        """Give the beginning of what is listed with a key: all blobs, or all of its repository."""
        if self._is_blob(key):
            return f"{self._root}/blobs"
        repositories = f"{self._root}/repositories"
        inside = key.find("/_", len(repositories)) if key.startswith(repositories) else -1
        return key if inside < 0 else key[:inside]

    def _listed(self, key: str) -> Listing | None:
        """Give the list that has a key, if it is there; the one of most."""
        parts = key.split("/")
        areas = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
        return next((self._listings[area] for area in areas if area in self._listings), None)

    def _listing(self, key: str) -> Listing:
        with self._lock:
            listing = self._listed(key)
            if listing is None:
                area = self._area(key)
                listing = self._listings[area] = Listing(self.bucket.objects(f"{area}/"))
            return listing


def _status(found: Object) -> os.stat_result:
    """Give what `os.stat` would: a file of one's own, never read."""
    seconds = int(found.modified)
    precisely = {"st_atime_ns": seconds * 10**9, "st_mtime_ns": seconds * 10**9}
    fields = (stat.S_IFREG, 0, 0, 1, os.geteuid(), os.getegid(), found.size, 0, seconds, seconds)
    return os.stat_result(fields, precisely)
