"""Copying manifests and what they name into a registry: blobs first, what names them after them."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from solakube_regtool.errors import RegtoolError
from solakube_regtool.http.parallel import Once
from solakube_regtool.importing.origin import Hashed, Origin, require_size
from solakube_regtool.oci import digests
from solakube_regtool.oci import manifest as manifests
from solakube_regtool.registry_api import uploads
from solakube_regtool.registry_api.client import RegistryApi, Stored

_PAUSES = (0.2, 1.0, 5.0)
"""Seconds to wait before a blob is sent anew that did not arrive."""


class Missing(RegtoolError):
    """A manifest is not at the origin.

    Attributes:
        digest: its digest.
    """

    def __init__(self, digest: str) -> None:
        super().__init__(f"the manifest {digest} is missing")
        self.digest = digest


class _Place(NamedTuple):
    repository: str
    digest: str


@dataclass
class Figures:
    """What was copied, or would be.

    Attributes:
        blobs, bytes: sent.
        linked: blobs that another repository of the registry had.
        there: blobs that were in their place, as far as they were asked for.
    """

    blobs: int = 0
    bytes: int = 0
    linked: int = 0
    there: int = 0


class Copying:
    """Copies manifests; each blob is sent once, however many images have it. Any number of threads may share it.

    Args:
        origin: where from.
        target: where to.
        dry_run: only look what is to be copied.
    """

    def __init__(self, origin: Origin, target: RegistryApi, dry_run: bool) -> None:
        self.figures = Figures()
        self._origin, self._target, self._dry_run = origin, target, dry_run
        self._counting = threading.Lock()
        self._trees: Once[_Place, frozenset[bytes]] = Once(self._tree)
        # A manifest may tell a wrong size of a blob: others that have it are not to blame.
        self._wanted: dict[tuple[bytes, int], tuple[str, manifests.Descriptor]] = {}
        self._sent: Once[tuple[bytes, int], str] = Once(self._send_first)

    def read(self, repository: str, digest: str) -> Stored:
        """Read a manifest at the origin.

        Raises:
            RegtoolError: it is not there, is damaged, or of a kind that cannot be copied.
        """
        stored = self._origin.manifest(repository, digest)
        if stored is None:
            raise Missing(digest)
        kind = manifests.parse(stored.content).kind
        if kind == manifests.SCHEMA1:
            # It is named by what was signed, without the signatures, which the folder of a registry does not keep.
            why = "registries take them no longer"
            raise RegtoolError(f"the manifest {digest} is of Docker's schema 1", why, "pull it, and push it anew")
        algorithm = digest.partition(":")[0]
        found = f"{algorithm}:{hashlib.new(algorithm, stored.content).hexdigest()}"
        if found != digest:
            raise RegtoolError(f"the manifest {digest} has other content: {found}")
        if kind in (manifests.UNKNOWN, manifests.DAMAGED):
            raise RegtoolError(f"the manifest {digest} cannot be understood", "it is not known what it names")
        return stored

    def tree(self, repository: str, digest: str) -> frozenset[bytes]:
        """Copy a manifest with all that it names, however deep; nothing points to it by a name yet.

        Returns:
            The keys of the manifests: its own, and those of an index's children.

        Raises:
            RegtoolError: something of it is missing, damaged, or is refused.
        """
        return self._trees(_Place(repository, digest))

    def _tree(self, place: _Place) -> frozenset[bytes]:
        repository, digest = place
        stored = self.read(repository, digest)
        found = manifests.parse(stored.content)
        children = [child for child in found.children if child.may_be_manifest]
        keys, absent = {digests.parse(digest)}, list[manifests.Descriptor]()
        for child in children:
            try:
                keys |= self.tree(repository, child.digest)
            except Missing as error:
                if error.digest != child.digest or len(absent) + 1 == len(children):
                    raise
                # A sparse index: its other platforms were never copied to the origin.
                absent.append(child)
        # What the target took was whole, or it would not have taken it.
        if self._target.digest_of(repository, digest) is None:
            self._blobs(repository, found)
            self._put(repository, digest, stored, absent)
        return frozenset(keys)

    def _put(self, repository: str, digest: str, stored: Stored, absent: list[manifests.Descriptor]) -> None:
        if self._dry_run:
            return
        try:
            self._target.put_manifest(repository, digest, stored)
        except RegtoolError as error:
            if not absent:
                raise
            names = ", ".join(child.platform or child.digest for child in absent)
            raise RegtoolError(f"of the index {digest} not all is at its source: {names}", str(error)) from error

    def _blobs(self, repository: str, found: manifests.Manifest) -> None:
        parts = (*found.blobs, *(child for child in found.children if not child.may_be_manifest))
        for blob in {part.key: part for part in parts}.values():
            self._blob(repository, blob)

    def _blob(self, repository: str, blob: manifests.Descriptor) -> None:
        if self._target.blob_size(repository, blob.digest) is not None:
            self._count(there=1)
            return
        self._wanted.setdefault((blob.key, blob.size), (repository, blob))
        where = self._sent((blob.key, blob.size))
        if where not in ("", repository) and not self._dry_run:
            self._link(repository, blob, where)

    def _send_first(self, key: tuple[bytes, int]) -> str:
        """Send a blob; gives the repository that has it now, "" for content that is kept elsewhere."""
        repository, blob = self._wanted[key]
        if self._dry_run:
            self._count(blobs=1, bytes=max(blob.size, 0))
            return repository
        return repository if self._send(repository, blob) else ""

    def _link(self, repository: str, blob: manifests.Descriptor, where: str) -> None:
        upload = uploads.begin(self._target, repository, blob.digest, where)
        if upload:
            # Registries need not link; nor can they what was deleted meanwhile.
            self._send(repository, blob, upload)
        else:
            self._count(linked=1)

    def _send(self, repository: str, blob: manifests.Descriptor, upload: str = "") -> bool:
        """Send a blob, anew where it does not arrive; False for one that is kept elsewhere and missing here."""
        for pause in (*_PAUSES, None):
            try:
                return self._send_once(repository, blob, upload)
            except uploads.Interrupted:
                if pause is None:
                    raise
                time.sleep(pause)
                upload = ""
        raise AssertionError("the last attempt returns or raises")

    def _send_once(self, repository: str, blob: manifests.Descriptor, upload: str) -> bool:
        begun = [upload] if upload else []

        def receive(pieces: Iterable[bytes], size: int | None) -> None:
            require_size(blob, size)
            mine = begun.pop() if begun else uploads.begin(self._target, repository)
            hashed = Hashed(pieces, blob)
            try:
                mine = uploads.send(self._target, repository, mine, self._counted(hashed), size)
                hashed.require_right()
                uploads.finish(self._target, repository, mine, blob.digest)
            except BaseException:
                uploads.cancel(self._target, mine)
                raise
            self._count(blobs=1)

        there = self._origin.read_blob(repository, blob, receive)
        for unused in begun:
            uploads.cancel(self._target, unused)
        if not there and not blob.external:
            raise RegtoolError(f"the blob {blob.digest} is missing")
        return there

    def _counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._count(bytes=len(piece))
            yield piece

    def _count(self, **more: int) -> None:
        with self._counting:
            for name, number in more.items():
                setattr(self.figures, name, getattr(self.figures, name) + number)
