"""Images written straight into a storage tree, as distribution's filesystem driver would lay them out.

A registry would take an hour for what takes half a minute here. Links were written and read LONG_AGO. When a file was
made cannot be dated back: collect with a grace period of no more than the tree's age.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from solakube_registry.oci.content import Content

from benchmarks.maintenance.images import Pushed

LONG_AGO = time.time() - 30 * 86400
"""When all links were written and read, in seconds since 1970."""


class TreeWriter:
    """Writes images into a data folder; what stands there already is left as it is.

    Args:
        data: the registry's data folder.

    Attributes:
        blobs: how many were written.
        size: bytes of these.
    """

    def __init__(self, data: Path) -> None:
        self.blobs = self.size = 0
        self._root = f"{data}/docker/registry/v2"
        self._known: set[str] = set()

    def write(self, images: Iterable[Pushed]) -> None:
        """Write images, with their links and tags.

        Raises:
            OSError: the volume is full or failed.
        """
        for repository, tag, image in images:
            home = f"{self._root}/repositories/{repository}"
            self._folder(f"{home}/_uploads")
            for blob in image.blobs:
                self._blob(blob)
                self._link(f"{home}/_layers", blob.digest)
            self._blob(image.manifest)
            self._link(f"{home}/_manifests/revisions", image.manifest.digest)
            if tag:
                self._tag(f"{home}/_manifests/tags/{tag}", image.manifest.digest)

    def _tag(self, folder: str, digest: str) -> None:
        self._link(f"{folder}/index", digest)
        self._folder(f"{folder}/current")
        self._dated_file(f"{folder}/current/link", digest)

    def _blob(self, blob: Content) -> None:
        digits = blob.digest.partition(":")[2]
        prefix = f"{self._root}/blobs/sha256/{digits[:2]}"
        self._folder(prefix)
        if _made(f"{prefix}/{digits}"):
            descriptor = os.open(f"{prefix}/{digits}/data", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            os.write(descriptor, blob.data)
            os.close(descriptor)
            self.blobs += 1
            self.size += len(blob.data)

    def _link(self, folder: str, digest: str) -> None:
        algorithm, _, digits = digest.partition(":")
        self._folder(f"{folder}/{algorithm}")
        _made(f"{folder}/{algorithm}/{digits}")
        self._dated_file(f"{folder}/{algorithm}/{digits}/link", digest)

    def _dated_file(self, path: str, text: str) -> None:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            return
        os.write(descriptor, text.encode())
        os.utime(descriptor, (LONG_AGO, LONG_AGO))
        os.close(descriptor)

    def _folder(self, path: str) -> None:
        if path not in self._known:
            os.makedirs(path, exist_ok=True)
            self._known.add(path)


def _made(folder: str) -> bool:
    """Make a folder; tell whether it was not there."""
    try:
        os.mkdir(folder, 0o755)
    except FileExistsError:
        return False
    return True
