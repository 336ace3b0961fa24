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

import contextlib
import os
from collections.abc import Collection, Container, Iterator
from typing import NamedTuple

from solakube_regtool.oci import digests
from solakube_regtool.storage import files, repositories
from solakube_regtool.storage.links import LAYERS, REVISIONS, TAGS, Link, Links, history
from solakube_regtool.storage.past import Past
from solakube_regtool.storage.place import Place

UPLOADS = "_uploads"


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


class Tree(Links):
    """A registry's data folder.

    Args:
        data: the folder that holds `docker/registry/v2` (the filesystem driver's `rootdirectory`).

    Attributes:
        pulls_known: no link of a tag was met whose reads by others cannot be told from ours: it is another user's.

    Those of `links.Links` come on top.
    """

    def __init__(self, data: str, place: Place = files) -> None:
        super().__init__(data, place)
        self.pulls_known = True
        self._linked_tags: dict[str, dict[str, str]] = {}

    # Repositories and what they hold

    def repositories(self, below: str = "") -> Iterator[str]:
        """Give the names of all repositories, in order of their names' parts, those without tags too.

        Args:
            below: only those whose names begin with this and a slash.
        """
        return repositories.walk(self.place, self._repositories, below)

    def has_repository(self, repository: str) -> bool:
        """Tell whether there is a repository of this name."""
        return repositories.is_one(self.place.folders(f"{self._repositories}/{repository}"))

    def is_bare(self, repository: str) -> bool:
        """Tell whether a repository has neither tags, manifests, layers nor uploads.

        Raises:
            OSError: a folder cannot be read.
        """
        if any(self.tag_names(repository)) or self.place.names(self.uploads_folder(repository)):
            return False
        return not any(True for kind in (LAYERS, REVISIONS) for _ in self.link_keys(repository, kind))

    def remove_bare(self, repository: str) -> None:
        """Remove a bare repository's folders; what a push makes in them meanwhile stays."""
        repositories.remove_bare(self._repositories, repository)

    def tags(self, repository: str) -> Iterator[Tag]:
        """Give a repository's tags, in no order; one that points nowhere is an oddity."""
        for name in self.tag_folders(repository):
            tag = self.tag(repository, name)
            if tag:
                yield tag

    def tag(self, repository: str, name: str) -> Tag | None:
        """Look a tag up; None if there is no such tag, or it points nowhere."""
        path = self.tag_path(repository, name) + "/current/link"
        try:
            status = self.place.status(path)
        except OSError:
            status = None
        target = self.read_link(path) if status else None
        if status is None or target is None:
            self._note_pointless(path)
            return None
        # When its inode changed last says nothing: a restored one has changed since it was read.
        read = status.st_atime if status.st_atime > status.st_mtime else None
        if not files.reads_leave_no_trace(status):
            self.pulls_known, read = False, None
        return Tag(repository, name, digests.text(target), status.st_mtime, read)

    def _note_pointless(self, path: str) -> None:
        folder = os.path.dirname(os.path.dirname(path))
        if self.place.is_folder(folder) and not self.place.exists(path):
            self.note(path, "the tag has no current link")

    def targets(self, repository: str) -> Iterator[tuple[str, bytes | None]]:
        """Give the names of a repository's tags, each with the key that it points to.

        A tag whose link cannot be read may stand for any digest that it ever pointed to: it comes with each of them,
        and with None where that is not known either.

        Raises:
            OSError: a folder cannot be read.
        """
        for name in self.tag_folders(repository):
            target = self.read_link(f"{self.tag_path(repository, name)}/current/link")
            if target is not None:
                yield name, target
            else:
                yield from ((name, key) for key in self.stands_for(repository, name))

    def stands_for(self, repository: str, name: str) -> Collection[bytes | None]:
        """Give what a tag may point to that cannot be read: the keys that it ever pointed to, None for anything.

        Raises:
            OSError: a folder cannot be read.
        """
        path = f"{self.tag_path(repository, name)}/current/link"
        self._note_pointless(path)
        return self.history_of(repository, name) or ([None] if self.place.exists(path) else [])

    def tag_folders(self, repository: str) -> list[str]:
        """Give the names of the folders of a repository's tags, also of what is none (any more), in no order.

        Raises:
            OSError: the folder cannot be read.
        """
        return self.place.folders(self.links_folder(repository, TAGS))

    def tag_names(self, repository: str) -> Iterator[str]:
        """Give the names of a repository's tags, also of those whose link cannot be read; without empty folders.

        Raises:
            OSError: a folder cannot be read.
        """
        for name in self.tag_folders(repository):
            link = f"{self.tag_path(repository, name)}/current/link"
            if self.read_link(link) is not None or self.stands_for(repository, name):
                yield name

    def linked_tags(self, repository: str) -> dict[str, str]:
        """Give the names of those tags that are links, or have one in them, each with the path that it leads to.

        They are looked for once: who maintains the folder by hand is not at work beside us.

        Raises:
            OSError: a folder cannot be read.
        """
        if repository not in self._linked_tags:
            paths = {name: self.tag_path(repository, name) for name in self.tag_folders(repository)}
            parts = ("", "/current", "/current/link")
            linked = {name: path for name, path in paths.items() if any(os.path.islink(path + part) for part in parts)}
            real = {name: os.path.realpath(f"{path}/current/link") for name, path in linked.items()}
            self._linked_tags[repository] = real
        return self._linked_tags[repository]

    def named_by_tags(self, repository: str, keys: Container[bytes]) -> dict[bytes, float]:
        """Tell when a repository's tags last pointed to manifests anew, as far as these tags are still there.

        Returns:
            Time stamps, in seconds since 1970, of those keys that tags ever pointed to.

        Raises:
            OSError: a folder cannot be read.
        """
        named: dict[bytes, float] = {}
        for name in self.tag_folders(repository):
            for key in self.history_of(repository, name):
                if key in keys and (status := self.link_status(Link(repository, history(name), key))):
                    named[key] = max(status.st_mtime, named.get(key, 0.0))
        return named

    def history_of(self, repository: str, name: str) -> set[bytes]:
        """Give the keys that a tag points to or ever pointed to.

        Raises:
            OSError: a folder cannot be read.
        """
        return set(self.link_keys(repository, history(name)))

    def past(self, repository: str, name: str) -> Past:
        """Tell what a tag points to and ever pointed to.

        Raises:
            OSError: a folder cannot be read.
        """
        link = f"{self.tag_path(repository, name)}/current/link"
        current, set_at = self.read_link(link), self.place.status(link)
        begun = {}
        for key in self.history_of(repository, name):
            status = self.link_status(Link(repository, history(name), key))
            begun[key] = status.st_mtime if status else 0.0
        if current is not None and set_at is not None:
            begun.setdefault(current, set_at.st_mtime)
        return Past(current, begun)

    def uploads(self, repository: str) -> Iterator[Upload]:
        """Give a repository's unfinished uploads."""
        folder = self.uploads_folder(repository)
        for name in self.place.folders(folder):
            path = f"{folder}/{name}"
            yield Upload(repository, name, path, self.place.size(f"{path}/data") or 0, self._last_change(path))

    def _last_change(self, folder: str) -> float:
        last = 0.0
        for path in (folder, f"{folder}/data", f"{folder}/startedat", f"{folder}/hashstates"):
            with contextlib.suppress(OSError):
                status = self.place.status(path)
                last = max(last, status.st_mtime if status else 0.0)
        return last

    # Paths

    def tag_path(self, repository: str, name: str) -> str:
        """Give a tag's folder."""
        return f"{self._repositories}/{repository}/{TAGS}/{name}"

    def uploads_folder(self, repository: str) -> str:
        """Give the folder of a repository's unfinished uploads."""
        return f"{self._repositories}/{repository}/{UPLOADS}"
