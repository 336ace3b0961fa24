"""The registry's storage tree, as distribution 2.8 and 3.x write it with the filesystem driver.

    <data>/docker/registry/v2/blobs/sha256/<2>/<hex>/data
    <data>/docker/registry/v2/repositories/<name>/_layers/<algorithm>/<hex>/link
    <data>/docker/registry/v2/repositories/<name>/_manifests/revisions/<algorithm>/<hex>/link
    <data>/docker/registry/v2/repositories/<name>/_manifests/tags/<tag>/current/link
    <data>/docker/registry/v2/repositories/<name>/_uploads/<uuid>/{startedat,data,...}

A link is a file that holds a digest as text. Repositories nest: `a` and `a/b` can both be one.

`Tree` reads it piece by piece and never fails on what it finds: what is odd (a tag without a link, a truncated
manifest, a foreign file) is noted in `Tree.oddities` with its path and the reason, and passed over. Digests go in and
out as text (`sha256:<hex>`), except where a name says `key` (see `digests`). Entries may vanish while they are read:
the registry is at work.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

from solakube_regtool.oci import digests
from solakube_regtool.oci import manifest as manifests
from solakube_regtool.storage import files

LAYERS = "_layers"
REVISIONS = "_manifests/revisions"
TAGS = "_manifests/tags"
UPLOADS = "_uploads"

_OF_REPOSITORY = frozenset(("_layers", "_manifests", "_uploads"))
_ODDITIES_KEPT = 10_000


class Oddity(NamedTuple):
    """Something in the tree that is not as distribution writes it. It is left as it is.

    Attributes:
        path: the entry, from the data folder on.
        why: what is odd about it.
    """

    path: str
    why: str


class Tag(NamedTuple):
    """A tag.

    Attributes:
        repository: its repository's name.
        name: the tag itself.
        digest: of the manifest it points to.
        pushed: when it was last set, seconds since 1970.
        pulled: when it was last read, at worst a day earlier than true (relatime); None if never since it was set.
    """

    repository: str
    name: str
    digest: str
    pushed: float
    pulled: float | None


class Link(NamedTuple):
    """A repository's link to a layer, a configuration or a manifest.

    Attributes:
        repository: the repository's name.
        kind: LAYERS or REVISIONS.
        key: the digest that the link is named by; what it holds differs if that is not sha256.
    """

    repository: str
    kind: str
    key: bytes

    @property
    def digest(self) -> str:
        """The digest that the link is named by, as text."""
        return digests.text(self.key)


class Upload(NamedTuple):
    """An upload that is not finished.

    Attributes:
        repository: its repository's name.
        identity: the name of its folder, a UUID.
        path: its folder.
        size: bytes received so far.
        touched: when anything in it changed last, seconds since 1970.
    """

    repository: str
    identity: str
    path: str
    size: int
    touched: float


class Tree:
    """A registry's data folder.

    Args:
        data: the folder that holds `docker/registry/v2` (the filesystem driver's `rootdirectory`).

    Attributes:
        root: `<data>/docker/registry/v2`.
        moved_to: tells where a blob lies that a collection has moved away, and may put back.
        oddities: what was found that cannot be understood, each entry once.
    """

    def __init__(self, data: str) -> None:
        self.data = os.path.abspath(data)
        self.root = f"{self.data}/docker/registry/v2"
        self._repositories = f"{self.root}/repositories"
        self._blobs = f"{self.root}/blobs"
        self._oddities: dict[str, str] = {}
        self.moved_to: Callable[[bytes], str] | None = None

    @property
    def oddities(self) -> tuple[Oddity, ...]:
        """What was found that cannot be understood, each entry once."""
        return tuple(Oddity(path, why) for path, why in self._oddities.items())

    def note(self, path: str, why: str) -> None:
        """Remember an oddity; `path` is absolute."""
        if len(self._oddities) < _ODDITIES_KEPT:
            self._oddities.setdefault(os.path.relpath(path, self.data), why)

    # Repositories and what they hold

    def repositories(self, below: str = "") -> Iterator[str]:
        """Give the names of all repositories, in order of their names' parts, those without tags too.

        Args:
            below: only those whose names begin with this and a slash.
        """
        path = f"{self._repositories}/{below}" if below else self._repositories
        return self._repositories_among(files.folders(path), path, below)

    def _repositories_among(self, folders: list[str], path: str, below: str) -> Iterator[str]:
        """Look into each folder once: with many repositories this is most of what a listing takes."""
        for name in sorted(folders):
            if name.startswith("_"):
                continue
            full = f"{below}/{name}" if below else name
            inside = files.folders(f"{path}/{name}")
            if not _OF_REPOSITORY.isdisjoint(inside):
                yield full
            yield from self._repositories_among(inside, f"{path}/{name}", full)

    def has_repository(self, repository: str) -> bool:
        """Tell whether there is a repository of this name."""
        return bool(_OF_REPOSITORY.intersection(files.folders(f"{self._repositories}/{repository}")))

    def tags(self, repository: str) -> Iterator[Tag]:
        """Give a repository's tags, in no order; one that points nowhere is an oddity."""
        for name in files.folders(f"{self._repositories}/{repository}/{TAGS}"):
            tag = self.tag(repository, name)
            if tag:
                yield tag

    def tag(self, repository: str, name: str) -> Tag | None:
        """Look a tag up; None if there is no such tag, or it points nowhere."""
        path = self.tag_path(repository, name) + "/current/link"
        try:
            status = os.stat(path)
        except OSError:
            self._note_pointless(path)
            return None
        target = self.read_link(path)
        if target is None:
            return None
        read = status.st_atime if status.st_atime > max(status.st_mtime, status.st_ctime) else None
        return Tag(repository, name, digests.text(target), status.st_mtime, read)

    def _note_pointless(self, path: str) -> None:
        folder = os.path.dirname(os.path.dirname(path))
        if os.path.isdir(folder) and not os.path.lexists(path):
            self.note(path, "the tag has no current link")

    def targets(self, repository: str) -> Iterator[tuple[str, bytes]]:
        """Give the names of a repository's tags, each with the key that it points to.

        A tag whose link cannot be read may stand for any digest that it ever pointed to: it comes with each of them.

        Raises:
            OSError: a folder cannot be read.
        """
        for name in files.folders(f"{self._repositories}/{repository}/{TAGS}"):
            path = self.tag_path(repository, name) + "/current/link"
            target = self.read_link(path)
            if target is not None:
                yield name, target
            else:
                self._note_pointless(path)
                yield from ((name, key) for key in self.history_of(repository, name))

    def history(self, repository: str) -> set[bytes]:
        """Give the keys that a repository's tags point to or ever pointed to, of tags that are still there.

        Raises:
            OSError: a folder cannot be read.
        """
        names = files.folders(self.links_folder(repository, TAGS))
        return set().union(*(self.history_of(repository, name) for name in names))

    def history_of(self, repository: str, name: str) -> set[bytes]:
        """Give the keys that a tag points to or ever pointed to.

        Raises:
            OSError: a folder cannot be read.
        """
        return set(self._keys_in(f"{self.tag_path(repository, name)}/index"))

    def links(self, repository: str, kind: str) -> Iterator[Link]:
        """Give a repository's links of a kind (LAYERS or REVISIONS), in no order."""
        return (Link(repository, kind, key) for key in self.link_keys(repository, kind))

    def link_keys(self, repository: str, kind: str) -> Iterator[bytes]:
        """Give the keys that a repository's links of a kind are named by, in no order."""
        return self._keys_in(self.links_folder(repository, kind))

    def _keys_in(self, folder: str) -> Iterator[bytes]:
        for algorithm in files.names(folder):
            for name in files.names(f"{folder}/{algorithm}"):
                try:
                    yield digests.key_of(algorithm, name)
                except ValueError:
                    self.note(f"{folder}/{algorithm}/{name}", "not named by a digest")

    def uploads(self, repository: str) -> Iterator[Upload]:
        """Give a repository's unfinished uploads."""
        folder = self.uploads_folder(repository)
        for name in files.folders(folder):
            path = f"{folder}/{name}"
            yield Upload(repository, name, path, _size(f"{path}/data") or 0, _last_change(path))

    # Paths

    def tag_path(self, repository: str, name: str) -> str:
        """Give a tag's folder."""
        return f"{self._repositories}/{repository}/{TAGS}/{name}"

    def uploads_folder(self, repository: str) -> str:
        """Give the folder of a repository's unfinished uploads."""
        return f"{self._repositories}/{repository}/{UPLOADS}"

    def links_folder(self, repository: str, kind: str) -> str:
        """Give the folder of a repository's links of a kind (LAYERS or REVISIONS)."""
        return f"{self._repositories}/{repository}/{kind}"

    def link_path(self, link: Link) -> str:
        """Give a link's file."""
        algorithm, hex_digits = digests.parts(link.key)
        return f"{self._repositories}/{link.repository}/{link.kind}/{algorithm}/{hex_digits}/link"

    def blob_folder(self, key: bytes) -> str:
        """Give a blob's folder, which holds the file `data`."""
        algorithm, hex_digits = digests.parts(key)
        return f"{self._blobs}/{algorithm}/{hex_digits[:2]}/{hex_digits}"

    # Contents

    def read_link(self, path: str) -> bytes | None:
        """Read a link's file.

        Returns:
            The key of the digest it holds; None if it cannot be read or holds none, which is an oddity.
        """
        try:
            return digests.parse(files.read(path, 256).decode("ascii", "replace"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            self.note(path, f"the link cannot be read: {error}" if str(error) else "the link is empty")
            return None

    def link_status(self, link: Link) -> os.stat_result | None:
        """Look at a link's file; None if there is none.

        Raises:
            OSError: it cannot be looked at.
        """
        try:
            return os.stat(self.link_path(link))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def resolve(self, link: Link) -> bytes | None:
        """Give the key of the blob that a link leads to: its own name, or what it holds where that is not sha256."""
        if digests.is_canonical(link.key):
            return link.key
        return self.read_link(self.link_path(link))

    def blob_keys(self) -> Iterator[bytes]:
        """Give the keys of all stored blobs, in order within an algorithm."""
        for algorithm in files.folders(self._blobs):
            for prefix in sorted(files.folders(f"{self._blobs}/{algorithm}")):
                folder = f"{self._blobs}/{algorithm}/{prefix}"
                for name in sorted(files.folders(folder)):
                    try:
                        yield digests.key_of(algorithm, name)
                    except ValueError:
                        self.note(f"{folder}/{name}", "not named by a digest")

    def blob_size(self, key: bytes) -> int | None:
        """Give a blob's size in bytes; None if it is not stored."""
        return _size(self.blob_folder(key) + "/data")

    def read_blob(self, key: bytes, limit: int = manifests.LARGEST) -> bytes | None:
        """Read a small blob, such as a manifest or a configuration; None if it is not stored or cannot be read."""
        path = self.blob_folder(key) + "/data"
        try:
            return files.read(path, limit)
        except FileNotFoundError:
            return self._read_moved(key, limit)
        except OSError as error:
            self.note(path, f"the blob cannot be read: {error}")
            return None

    def _read_moved(self, key: bytes, limit: int) -> bytes | None:
        try:
            return files.read(self.moved_to(key) + "/data", limit) if self.moved_to else None
        except FileNotFoundError:
            return None

    def manifest(self, digest: str) -> manifests.Manifest | None:
        """Read a manifest by its sha256 digest; None if its blob is not stored."""
        return self.manifest_of(digests.parse(digest))

    def manifest_of(self, key: bytes, noted: bool = True) -> manifests.Manifest | None:
        """Read a manifest by its key; None if its blob is not stored.

        Args:
            key: of its blob.
            noted: one of an unknown kind is an oddity.
        """
        content = self.read_blob(key)
        if content is None:
            return None
        read = manifests.parse(content)
        if noted and read.kind == manifests.UNKNOWN:
            self.note(self.blob_folder(key) + "/data", _why_unknown(content))
        return read


def _why_unknown(content: bytes) -> str:
    if not content:
        return "an empty manifest"
    if not content.rstrip().endswith(b"}"):
        return "a truncated manifest, or none at all; kept with all it may refer to"
    return "a manifest of an unknown kind; kept with all it may refer to"


def _size(path: str) -> int | None:
    try:
        return os.stat(path).st_size
    except OSError:
        return None


def _last_change(folder: str) -> float:
    last = 0.0
    for path in (folder, f"{folder}/data", f"{folder}/startedat", f"{folder}/hashstates"):
        try:
            last = max(last, os.stat(path).st_mtime)
        except OSError:
            continue
    return last
