"""Tags that were deleted, kept as they were until nobody may want them back.

    <root>/_solakube/deleted/<repository>/_manifests/tags/<tag>/<time>/{current,index}

On a volume the tag's own folder is the note of its deletion: one renaming makes both, so that a kill loses neither, and
it holds all that the tag ever pointed to, with the times. `<time>` is that of the deletion, in nanoseconds since 1970.
In a bucket nothing is renamed, and a copy has a time of its own: there a note tells it all (`noted_deletions`).
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Collection, Iterator
from typing import NamedTuple

from solakube_regtool.storage.past import Past
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.workspace import Workspace

_ATTEMPTS = 10
_NO_SPACE = frozenset((errno.ENOSPC, errno.EDQUOT))


class Deletion(NamedTuple):
    """A tag that was deleted.

    Attributes:
        repository: its repository's name.
        name: the tag itself.
        stamp: when, in nanoseconds since 1970.
    """

    repository: str
    name: str
    stamp: int

    @property
    def at(self) -> float:
        """When, in seconds since 1970."""
        return self.stamp / 1e9

    @property
    def folder(self) -> str:
        """What `Deleted` knows it by, in the place of a tag's name."""
        return f"{self.name}/{self.stamp}"


class Deletions(Tree):
    """The deleted tags of a registry, which lie as its own do: looking at them, wherever that is.

    Args:
        registry: the tree.
    """

    def __init__(self, registry: Tree) -> None:
        super().__init__(registry.data, registry.place)
        self._repositories = Workspace(registry).deleted

    def deletions(self, repository: str) -> Iterator[Deletion]:
        """Give a repository's deleted tags; one that was deleted several times comes with each of them.

        Raises:
            OSError: a folder cannot be read.
        """
        for name in self.tag_folders(repository):
            yield from self.deletions_of(repository, name)

    def deletions_of(self, repository: str, name: str) -> list[Deletion]:
        """Give the deletions of one tag, in order of time.

        Raises:
            OSError: a folder cannot be read.
        """
        stamps = (entry for entry in self.place.folders(self.tag_path(repository, name)) if entry.isdecimal())
        return [Deletion(repository, name, stamp) for stamp in sorted(map(int, stamps))]

    def past_of(self, deletion: Deletion) -> Past:
        """Tell what a deleted tag pointed to at its end, and ever had.

        Raises:
            OSError: a folder cannot be read.
        """
        return self.past(deletion.repository, deletion.folder)

    def could_be(self, deletion: Deletion) -> Collection[bytes | None]:
        """Give what a deleted tag may have pointed to whose end cannot be read; see `stands_for`.

        Raises:
            OSError: a folder cannot be read.
        """
        return self.stands_for(deletion.repository, deletion.folder)


class Deleted(Deletions):
    """The deleted tags of a registry on a volume. Arguments are those of `Deletions`."""

    def bury(self, repository: str, name: str, home: str) -> str | None:
        """Move a tag's folder here.

        Args:
            repository: the repository's name.
            name: the tag.
            home: its folder.

        Returns:
            Its new path; None if the volume has no space left for it.

        Raises:
            FileNotFoundError: there is no such folder (any more).
            OSError: the volume failed.
        """
        path = self.tag_path(repository, Deletion(repository, name, time.time_ns()).folder)
        for attempt in range(_ATTEMPTS):
            try:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                _move(home, path)
            except FileNotFoundError:
                # A collection that lets go of older deletions may have removed the folder above just now.
                if attempt + 1 == _ATTEMPTS or not os.path.lexists(home):
                    raise
            except OSError as error:
                if error.errno not in _NO_SPACE:
                    raise
                return None
            else:
                break
        return path

    def unearth(self, deletion: Deletion, home: str) -> None:
        """Move a deleted tag back to where it was.

        Raises:
            OSError: it cannot be, such as for a tag that stands there.
        """
        path = self.tag_path(deletion.repository, deletion.folder)
        os.rename(path, home)
        self._remove_empty(os.path.dirname(path))

    def expire(self, before: float) -> None:
        """Let go of what was deleted before a moment, in seconds since 1970. What cannot be removed stays.

        Raises:
            OSError: a folder cannot be read.
        """
        for repository in list(self.repositories()):
            for deletion in list(self.deletions(repository)):
                if deletion.at <= before:
                    path = self.tag_path(repository, deletion.folder)
                    with contextlib.suppress(OSError):
                        discard(path)
                    self._remove_empty(os.path.dirname(path))

    def _remove_empty(self, folder: str) -> None:
        with contextlib.suppress(OSError):
            while folder != self._repositories:
                os.rmdir(folder)
                folder = os.path.dirname(folder)


def _move(home: str, path: str) -> None:
    """Move a tag's folder. A link, which may lead nowhere from elsewhere, becomes a folder of its own there."""
    if any(os.path.islink(home + part) for part in ("", "/current", "/current/link")):
        shutil.copytree(home, path)
        discard(home)
    else:
        os.rename(home, path)


def discard(away: str) -> None:
    """Delete a tag's folder that was moved away; of a link to a folder elsewhere the link alone.

    Raises:
        OSError: the volume failed.
    """
    if os.path.islink(away):
        os.unlink(away)
    elif os.path.lexists(away):
        shutil.rmtree(away)
