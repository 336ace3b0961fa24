"""An object storage in memory, with S3's semantics: each method is a request, and all of it happens at one moment."""

from __future__ import annotations

import hashlib
import itertools
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from typing import NamedTuple

from solakube_regtool.s3.answers import Object, Page, Upload


class Stored(NamedTuple):
    """An object: its content, and what a listing tells of it."""

    content: bytes
    told: Object


class Store:
    """A bucket.

    Args:
        now: tells the time.

    Attributes:
        objects: by key.
        uploads: parts of each upload that is not finished.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.objects: dict[str, Stored] = {}
        self._keys: list[str] = []
        self.uploads: dict[Upload, bytes] = {}
        self._now, self._numbers = now, itertools.count()

    def put(self, key: str, content: bytes) -> None:
        """PutObject. Times are whole seconds."""
        if key not in self.objects:
            insort(self._keys, key)
        etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
        self.objects[key] = Stored(content, Object(key, len(content), float(int(self._now())), etag))

    def create(self, key: str, content: bytes) -> bool:
        """PutObject with If-None-Match; tells whether there was none."""
        if key in self.objects:
            return False
        self.put(key, content)
        return True

    def get(self, key: str) -> bytes | None:
        """GetObject; None for none."""
        found = self.objects.get(key)
        return found.content if found else None

    def head(self, key: str) -> Object | None:
        """HeadObject; None for none."""
        found = self.objects.get(key)
        return found.told if found else None

    def copy(self, source: str, target: str) -> bool:
        """CopyObject; tells whether there is something to copy."""
        found = self.objects.get(source)
        if found is not None:
            self.put(target, found.content)
        return found is not None

    def delete(self, key: str) -> None:
        """DeleteObject, or what DeleteObjects does with one of its keys."""
        if self.objects.pop(key, None):
            del self._keys[bisect_left(self._keys, key)]

    def page(self, prefix: str, after: str = "", delimiter: str = "", limit: int = 1000) -> Page:
        """ListObjectsV2; the token is the last key of the page."""
        objects: list[Object] = []
        folders: list[str] = []
        begin = max(bisect_left(self._keys, prefix), bisect_right(self._keys, after))
        for number, key in enumerate(itertools.islice(self._keys, begin, None)):
            if not key.startswith(prefix):
                break
            if number == limit:
                return Page(objects, folders, after)
            after = key
            rest = key[len(prefix) :]
            if delimiter and delimiter in rest:
                folder = prefix + rest[: rest.index(delimiter) + 1]
                folders += [folder] if folder not in folders[-1:] else []
            else:
                objects.append(self.objects[key].told)
        return Page(objects, folders, "")

    # Uploads in parts

    def begin(self, key: str) -> Upload:
        """CreateMultipartUpload."""
        upload = Upload(key, str(next(self._numbers)), self._now())
        self.uploads[upload] = b""
        return upload

    def add(self, upload: Upload, part: bytes) -> bool:
        """UploadPart; tells whether there is such an upload."""
        if upload in self.uploads:
            self.uploads[upload] += part
        return upload in self.uploads

    def complete(self, upload: Upload) -> bool:
        """CompleteMultipartUpload; tells whether there is such an upload."""
        content = self.uploads.pop(upload, None)
        if content is not None:
            self.put(upload.key, content)
        return content is not None

    def abort(self, upload: Upload) -> None:
        """AbortMultipartUpload."""
        self.uploads.pop(upload, None)
