"""Requests as distribution performs them on its tree, one file operation at a time.

Each request is a generator that yields between two operations and returns its answer. Read off the source of
distribution 3.1 and 2.8: registry/storage/{blobwriter,blobstore,linkedblobstore,manifeststore,tagstore}.go and
registry/storage/driver/filesystem/driver.go. They differ in how a small file is written: 2.8 truncates and writes it
in place, 3.x renames a new one over it.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from typing import TypeVar

_Answer = TypeVar("_Answer")
Request = Generator[None, None, _Answer]

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def digest_of(content: bytes) -> str:
    """Return the hex digits of a content's sha256."""
    return hashlib.sha256(content).hexdigest()


def image(layers: Sequence[bytes], subject: str = "") -> bytes:
    """Return a manifest of those layers; the first one serves as the configuration. A subject is its hex digest."""
    described = [
        {"mediaType": "application/octet-stream", "size": len(layer), "digest": f"sha256:{digest_of(layer)}"}
        for layer in layers
    ]
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described[0], "layers": described[1:]}
    if subject:
        document["subject"] = {"mediaType": MANIFEST, "size": 1, "digest": f"sha256:{subject}"}
    return json.dumps(document).encode()


def index(manifests: Sequence[bytes]) -> bytes:
    """Return an index of those manifests."""
    described = [
        {"mediaType": MANIFEST, "size": len(manifest), "digest": f"sha256:{digest_of(manifest)}"}
        for manifest in manifests
    ]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": described}).encode()


class Registry(ABC):
    """A registry: what its requests do is the same wherever its tree lies."""

    root: str

    def head(self, repository: str, kind: str, digest: str) -> Request[bool]:
        """Tell whether a repository has a blob (`_layers`) or a manifest (`_manifests/revisions`)."""
        if not (yield from self._read(self._link(repository, kind, digest))):
            return False
        return (yield from self._finds_blob(digest))

    def head_tag(self, repository: str, tag: str) -> Request[bool]:
        """Tell whether a repository has a tag, with its manifest."""
        current = (yield from self._read(f"{self.tag(repository, tag)}/current/link")).decode()
        return bool(current) and (yield from self.head(repository, "_manifests/revisions", current[7:]))

    @abstractmethod
    def upload(self, repository: str, content: bytes) -> Request[None]:
        """Take a blob in and link it."""

    def mount(self, repository: str, source: str, digest: str) -> Request[bool]:
        """Link a blob of another repository."""
        there = yield from self.head(source, "_layers", digest)
        if there:
            yield
            yield from self._put(self._link(repository, "_layers", digest), f"sha256:{digest}".encode())
        return there

    def put_manifest(self, repository: str, content: bytes, tag: str) -> Request[None]:
        """Check what a manifest names, store it, link it, and set a tag unless that is empty.

        Raises:
            RefusedError: something that it names is not there.
        """
        named = json.loads(content)
        for blob in (*([named["config"]] if "config" in named else ()), *named.get("layers", ())):
            yield from self._require(repository, "_layers", blob["digest"])
        for child in named.get("manifests", ()):
            yield from self._require(repository, "_manifests/revisions", child["digest"])
        digest = digest_of(content)
        if not (yield from self._finds_blob(digest)):
            yield
            yield from self._put(self.blob(digest), content)
        text = f"sha256:{digest}".encode()
        yield
        yield from self._put(self._link(repository, "_manifests/revisions", digest), text)
        if tag:
            yield
            yield from self._put(f"{self.tag(repository, tag)}/index/sha256/{digest}/link", text)
            yield
            yield from self._put(f"{self.tag(repository, tag)}/current/link", text)

    def pull(self, repository: str, tag: str) -> Request[bool]:
        """Read a tag's image whole; False where something of it is missing."""
        current = yield from self._read(f"{self.tag(repository, tag)}/current/link")
        return bool(current) and (yield from self.pull_manifest(repository, current.decode()))

    def pull_manifest(self, repository: str, digest: str) -> Request[bool]:
        """Read an image whole, by the digest of its manifest; False where something of it is missing."""
        if not (yield from self.head(repository, "_manifests/revisions", digest[7:])):
            return False
        try:
            named = json.loads((yield from self._read(self.blob(digest[7:]))))
        except ValueError:
            return False
        for blob in (*([named["config"]] if "config" in named else ()), *named.get("layers", ())):
            if not (yield from self.head(repository, "_layers", blob["digest"][7:])):
                return False
        for child in named.get("manifests", ()):
            if not (yield from self.pull_manifest(repository, child["digest"])):
                return False
        return True

    def _require(self, repository: str, kind: str, digest: str) -> Request[None]:
        if not (yield from self.head(repository, kind, digest[7:])):
            raise RefusedError(f"{repository}: {kind} {digest[7:15]} unknown")

    @abstractmethod
    def has_blob(self, digest: str) -> bool:
        """Tell whether a blob is in its place."""

    @abstractmethod
    def _finds_blob(self, digest: str) -> Request[bool]:
        """Look for a blob in its place, as a part of a request."""

    @abstractmethod
    def _read(self, path: str) -> Request[bytes]:
        """Read a small file; nothing where there is none."""

    @abstractmethod
    def _put(self, path: str, content: bytes) -> Request[None]:
        """Write a small file, at once: who calls it has yielded."""

    def blob(self, digest: str) -> str:
        """Give a blob's file."""
        return f"{self.root}/blobs/sha256/{digest[:2]}/{digest}/data"

    def _link(self, repository: str, kind: str, digest: str) -> str:
        return f"{self.root}/repositories/{repository}/{kind}/sha256/{digest}/link"

    def tag(self, repository: str, tag: str) -> str:
        """Give a tag's folder."""
        return f"{self.root}/repositories/{repository}/_manifests/tags/{tag}"


class Distribution(Registry):
    """A registry over a folder.

    Args:
        data: its data folder.
        in_place: write small files as 2.8 does.
    """

    def __init__(self, data: str, in_place: bool) -> None:
        self.root = f"{data}/docker/registry/v2"
        self._in_place = in_place
        self._numbers = itertools.count()

    def upload(self, repository: str, content: bytes) -> Request[None]:
        """Take a blob in and link it."""
        folder = f"{self.root}/repositories/{repository}/_uploads/{next(self._numbers)}"
        yield
        os.makedirs(folder)
        _write(f"{folder}/startedat", b"2026-01-01T00:00:00Z")
        yield
        _write(f"{folder}/data", content)
        digest = digest_of(content)
        if not (yield from self._finds_blob(digest)):
            yield
            os.makedirs(os.path.dirname(self.blob(digest)), exist_ok=True)
            yield
            try:
                os.rename(f"{folder}/data", self.blob(digest))
            except FileNotFoundError:
                # Seen by the client as a failed request: the folder that was just made is gone.
                raise RefusedError(f"the blob {digest[:8]} could not be moved into its place") from None
        yield
        yield from self._put(self._link(repository, "_layers", digest), f"sha256:{digest}".encode())
        yield
        for name in os.listdir(folder):
            os.unlink(f"{folder}/{name}")
        os.rmdir(folder)

    def has_blob(self, digest: str) -> bool:
        """Tell whether a blob is in its place."""
        return os.path.exists(self.blob(digest))

    def _finds_blob(self, digest: str) -> Request[bool]:
        yield
        return self.has_blob(digest)

    def _read(self, path: str) -> Request[bytes]:
        yield
        return _read(path)

    def _put(self, path: str, content: bytes) -> Request[None]:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        yield
        if self._in_place:
            # Truncating and writing are one operation here: who reads in between is distribution's own affair.
            _write_or_refuse(path, content)
        else:
            temporary = f"{os.path.dirname(path)}/.tmp{next(self._numbers)}"
            _write_or_refuse(temporary, content)
            yield
            try:
                os.rename(temporary, path)
            except FileNotFoundError:
                raise RefusedError(f"{path} could not be written") from None


class RefusedError(Exception):
    """A client's request failed though it did everything right."""


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _write(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def _write_or_refuse(path: str, content: bytes) -> None:
    try:
        _write(path, content)
    except FileNotFoundError:
        raise RefusedError(f"{path} could not be written") from None
