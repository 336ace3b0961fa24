"""Requests as distribution 3.1.2 performs them on S3, one request to the storage at a time.

Read off registry/storage/{blobwriter,linkedblobstore,manifeststore,tagstore}.go and, below it, driver/s3-aws/s3.go:
`Stat` is HeadObject, and ListObjectsV2 where that finds nothing; `Move` looks, copies, lists and deletes.
"""

from __future__ import annotations

import itertools

from tests.model.bucket.store import Store
from tests.model.distribution import RefusedError, Registry, Request, digest_of


class ObjectDistribution(Registry):
    """Registries that share a bucket.

    Args:
        store: it.
    """

    def __init__(self, store: Store) -> None:
        self.root = "docker/registry/v2"
        self._store = store
        self._numbers = itertools.count()

    def upload(self, repository: str, content: bytes) -> Request[None]:
        """Take a blob in and link it."""
        folder = f"{self.root}/repositories/{repository}/_uploads/{next(self._numbers)}"
        data, blob = f"{folder}/data", self.blob(digest_of(content))
        yield
        self._store.put(f"{folder}/startedat", b"2026-01-01T00:00:00Z")
        yield
        parts = self._store.begin(data)
        yield
        self._store.add(parts, content)
        yield
        if not self._store.complete(parts):
            raise RefusedError("an upload is unknown")
        yield from self._stat(data)
        if not (yield from self._stat(blob)):
            yield from self._stat(data)
            yield from self._move(data, blob)
        yield
        text = f"sha256:{digest_of(content)}".encode()
        yield from self._put(self._link(repository, "_layers", digest_of(content)), text)
        yield from self._delete(folder)

    def untag(self, repository: str, tag: str) -> Request[None]:
        """Delete a tag, as `DELETE /v2/<name>/manifests/<tag>` does."""
        yield from self._delete(self.tag(repository, tag))

    def has_blob(self, digest: str) -> bool:
        """Tell whether a blob is in its place."""
        return self.blob(digest) in self._store.objects

    def _finds_blob(self, digest: str) -> Request[bool]:
        return (yield from self._stat(self.blob(digest)))

    def _read(self, path: str) -> Request[bytes]:
        yield
        return self._store.get(path) or b""

    def _put(self, path: str, content: bytes) -> Request[None]:
        self._store.put(path, content)
        yield from ()

    # The driver

    def _stat(self, path: str) -> Request[bool]:
        yield
        if self._store.head(path):
            return True
        yield
        return [found.key for found in self._store.page(path, limit=1).objects] == [path]

    def _move(self, source: str, target: str) -> Request[None]:
        yield from self._stat(source)
        yield
        if not self._store.copy(source, target):
            raise RefusedError(f"{source} is gone")
        yield from self._delete(source)

    def _delete(self, path: str) -> Request[None]:
        yield
        found = [one.key for one in self._store.page(path).objects]
        for key in found:
            if key == path or key.startswith(f"{path}/"):
                yield
                self._store.delete(key)
