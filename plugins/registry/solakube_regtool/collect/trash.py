"""The trash: blobs that were moved away, and may go back.

A blob is its folder, which moves as a whole by one renaming; in the trash it is called `<algorithm>-<hex>`, so that
where it belongs needs no other record. Whatever lies in `trash` when a run begins was left by one that was killed, and
goes back. `kept/<when it expires>` holds what a run with --keep collected, and which tags it removed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Iterable, Iterator

from solakube_regtool.alive.attachments import Attachment
from solakube_regtool.collect.candidates import parents_first
from solakube_regtool.oci import digests
from solakube_regtool.oci import manifest as manifests
from solakube_regtool.storage import files, tree
from solakube_regtool.storage.untag import make_tag
from solakube_regtool.storage.workspace import Workspace

_BEGINS_JSON = frozenset((b"{", b" ", b"\t", b"\r", b"\n"))

_TAGS = "tags-"
"""Begins the names of files that tell of removed tags, one a line."""


class Trash:
    """The trash of a volume."""

    def __init__(self, registry: tree.Tree, workspace: Workspace) -> None:
        self._registry = registry
        self._workspace = workspace
        registry.moved_to = self.entry

    def entry(self, key: bytes) -> str:
        """Give the folder that a blob has in the trash."""
        return _entry(self._workspace.trash, key)

    def move(self, key: bytes) -> bool:
        """Move a blob into the trash.

        Returns:
            False if it is not in its place (any more).

        Raises:
            OSError: the volume failed, or has no space for another entry in the trash's folder.
        """
        try:
            os.rename(self._registry.blob_folder(key), self.entry(key))
        except FileNotFoundError:
            return False
        return True

    def put_back(self, key: bytes) -> bool:
        """Move a blob back, unless the registry has stored it anew, and whole; then it leaves the trash.

        Returns:
            True if it went back.

        Raises:
            OSError: the volume failed.
        """
        return self._put_back(self.entry(key), key)

    def _put_back(self, entry: str, key: bytes) -> bool:
        home = self._registry.blob_folder(key)
        # A link to a folder elsewhere may lead nowhere from here.
        if os.path.exists(f"{entry}/data") or os.path.islink(entry):
            try:
                os.rename(entry, home)
                return True
            except FileNotFoundError:
                os.makedirs(os.path.dirname(home), exist_ok=True)
                os.rename(entry, home)
                return True
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.EISDIR):
                    raise
            if not _is_whole(f"{home}/data", f"{entry}/data", key):
                if os.path.islink(entry):
                    shutil.rmtree(home)
                    os.rename(entry, home)
                    return True
                # A registry that ended in between leaves less than the blob: ours takes the place of that.
                os.rename(f"{entry}/data", f"{home}/data")
                _delete(entry)
                return True
        _delete(entry)
        return False

    def entries(self) -> list[bytes]:
        """Give the keys of the blobs in the trash, in the order in which they go back."""
        return _parts_first(self._workspace.trash)

    def empty(self, key: bytes) -> None:
        """Delete a blob for good.

        Raises:
            OSError: the volume failed.
        """
        _delete(self.entry(key))

    # What is kept for a while

    def keep(self, until: float, begun: float) -> float:
        """Keep what is in the trash.

        Args:
            until: seconds since 1970.
            begun: what the first call of this run returned; 0 for the first.

        Returns:
            Until when all of this run is kept.

        Raises:
            OSError: the volume failed.
        """
        if begun:
            for name in files.names(self._workspace.trash):
                os.rename(f"{self._workspace.trash}/{name}", f"{self._workspace.kept}/{int(begun)}/{name}")
            return begun
        while os.path.exists(kept := f"{self._workspace.kept}/{int(until)}"):
            until += 1
        os.rename(self._workspace.trash, kept)
        os.makedirs(self._workspace.trash)
        return until

    def note_tags(self, tags: Iterable[Attachment]) -> None:
        """Put down what tags are about to be removed, so that they can be made again.

        Raises:
            OSError: the volume failed.
        """
        lines = [f"{tag.repository} {tag.name} {digests.text(tag.key)}\n" for tag in tags]
        if lines:
            with open(f"{self._workspace.trash}/{_TAGS}{time.time_ns()}", "x", encoding="utf-8") as file:
                file.writelines(lines)

    def make_tags(self, folder: str = "") -> None:
        """Make the tags again that were removed; of a folder that `kept` gave, or what lies in the trash.

        Raises:
            OSError: the volume failed.
        """
        folder = folder or self._workspace.trash
        for name in files.names(folder):
            if name.startswith(_TAGS):
                for line in files.read(f"{folder}/{name}").decode().splitlines():
                    repository, tag, digest = line.split()
                    make_tag(self._registry, repository, tag, digests.parse(digest))
                os.unlink(f"{folder}/{name}")

    def kept(self) -> list[tuple[float, str]]:
        """Give what is kept: until when (seconds since 1970), and its folder; the next to expire first."""
        names = [name for name in files.folders(self._workspace.kept) if name.isdigit()]
        return sorted((float(name), f"{self._workspace.kept}/{name}") for name in names)

    def kept_keys(self, folder: str) -> list[bytes]:
        """Give the keys of the blobs in a folder that `kept` gave."""
        return list(_keys(folder))

    def restore(self, folder: str) -> Iterator[bytes]:
        """Move all blobs of a folder that `kept` gave back, and give those that went.

        Raises:
            OSError: the volume failed.
        """
        for key in _parts_first(folder):
            if self._put_back(_entry(folder, key), key):
                yield key
        self.make_tags(folder)
        _delete(folder)

    def expire(self, folder: str) -> None:
        """Delete a folder that `kept` gave.

        Raises:
            OSError: the volume failed.
        """
        _delete(folder)


def _entry(folder: str, key: bytes) -> str:
    algorithm, hex_digits = digests.parts(key)
    return f"{folder}/{algorithm}-{hex_digits}"


def _keys(folder: str) -> Iterator[bytes]:
    for name in files.names(folder):
        algorithm, _, hex_digits = name.partition("-")
        try:
            yield digests.key_of(algorithm, hex_digits)
        except ValueError:
            continue


def _parts_first(folder: str) -> list[bytes]:
    """Give the keys of a folder's blobs, each before what names it.

    Whoever is told that a manifest is there relies on all that it names: so it goes back last.
    """
    blobs, naming = [], {}
    for key in _keys(folder):
        content = _json_of(f"{_entry(folder, key)}/data")
        if content:
            found = manifests.parse(content)
            naming[key] = [part.key for part in (*found.blobs, *found.children)]
        else:
            blobs.append(key)
    return [*blobs, *reversed(list(parents_first(naming)))]


def _json_of(path: str) -> bytes:
    """Give the content of a blob that may be a manifest; empty for any other."""
    try:
        return files.read(path, manifests.LARGEST) if files.read(path, 1) in _BEGINS_JSON else b""
    except OSError:
        return b""


def _is_whole(path: str, copy: str, key: bytes) -> bool:
    """Tell whether a file is a blob's, all of it."""
    algorithm, hex_digits = digests.parts(key)
    return files.size(path) == files.size(copy) and digests.hash_file(path, algorithm) == f"{algorithm}:{hex_digits}"


def _delete(folder: str) -> None:
    """Delete a folder; quick for the usual one, which holds one file."""
    try:
        os.unlink(f"{folder}/data")
        os.rmdir(folder)
    except FileNotFoundError:
        _delete_all(folder, ignore_errors=True)
    except OSError:
        try:
            _delete_all(folder, ignore_errors=False)
        except OSError as error:
            # It tells no more than the name of what it could not delete.
            raise OSError(error.errno, error.strerror, folder) from error


def _delete_all(folder: str, ignore_errors: bool) -> None:
    """Delete a folder with all that is in it; of a link, what it leads to only if nothing else is in that."""
    if not os.path.islink(folder):
        shutil.rmtree(folder, ignore_errors)
        return
    target = os.path.realpath(folder)
    os.unlink(folder)
    with contextlib.suppress(OSError):
        os.rmdir(target)
