"""Tags in a bucket: taking one away, and that one alone, so that it can be brought back; and setting one again.

Nothing in a bucket is renamed. A push sets a tag by two objects: the link in its history first, `current/link` after it
(distribution, registry/storage/tagstore.go). So a tag goes in three steps. What it points to and ever did is noted;
then `current/link` goes; then, if no link in its history is newer than what was noted, the history. A newer one is that
of a push which may have written `current/link` just before that went: the tag points then to what was pushed. Killed
between these steps, the tag is there or can be brought back, and the next collection ends what was begun.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from solakube_regtool.oci import digests, names
from solakube_regtool.oci.contents import Tagged
from solakube_regtool.s3.answers import Object
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.deletions import Deletion
from solakube_regtool.storage.noted_deletions import NotedDeletions
from solakube_regtool.storage.object_leases import ObjectLeases
from solakube_regtool.storage.past import Past
from solakube_regtool.storage.server_clock import clock_key, server_time
from solakube_regtool.storage.tree import Tree

_LOOK = 0.2
"""Seconds between two looks at the server's clock."""

_HISTORY = re.compile(r"index/([a-z0-9]+)/([0-9a-f]+)/link")
_CURRENT = "current/link"


class _Found(NamedTuple):
    """What lies in a tag's folder.

    Attributes:
        current: the link to what it points to; None for none.
        history: the links to what it ever pointed to, by what they are named by.
    """

    current: Object | None
    history: dict[bytes, Object]

    @property
    def newest(self) -> float:
        """When the last of them was written."""
        there = [*self.history.values(), *([self.current] if self.current else [])]
        return max((link.modified for link in there), default=0.0)


class ObjectTags:
    """The tags of a registry in a bucket. Any number of threads may share it.

    Args:
        registry: the tree.
        place: where it is.
        pause: lets so many seconds pass.
        now: tells this machine's time, in seconds since 1970.
    """

    def __init__(
        self,
        registry: Tree,
        place: BucketFiles,
        pause: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._registry, self._place, self._bucket, self._pause, self._now = registry, place, place.bucket, pause, now
        self._deleted = NotedDeletions(registry)
        self._clock, self._leases = clock_key(registry, place), ObjectLeases(registry, place)
        self._moment = 0.0
        self._looking = threading.Lock()

    def delete(self, tag: Tagged) -> None:
        """Take a tag away, unless a push has moved it to another image meanwhile. That can be undone for a while.

        Raises:
            HeldError: somebody holds deletions.
            RegtoolError: it is gone or moved, or the bucket failed.
        """
        self._leases.require_none()
        repository, name = tag.repository, tag.name
        found = self._settled(repository, name)
        current = self._bucket.read(self._key(repository, name, _CURRENT))
        if current is None or current.decode("ascii", "replace") != tag.digest:
            raise names.moved(repository, name)
        past = _past(digests.parse(tag.digest), found)
        # A clock that is behind the server's would have it end before it began.
        moment = max(self._now(), found.newest)
        deletion = Deletion(repository, name, int(moment * 1e9))
        note = self._deleted.note_of(deletion)
        self._place.replace(note, past.written())
        self._bucket.delete([self._key(repository, name, _CURRENT)])
        if not self._finish(repository, name, past):
            self._bucket.delete([self._place.key_of(note)])
            raise names.moved(repository, name)

    def finish_deletions(self) -> None:
        """End what was begun by processes that were killed; what is there is known from a list, and looked at anew.

        Raises:
            RegtoolError: the bucket failed.
        """
        for repository in self._deleted.repositories():
            for name in self._deleted.tag_folders(repository):
                home = self._registry.tag_path(repository, name)
                if self._place.names(f"{home}/index") and not self._place.names(f"{home}/current"):
                    *_, last = self._deleted.deletions_of(repository, name)
                    self._finish(repository, name, self._deleted.past_of(last))

    def expire(self, before: float) -> None:
        """Let go of what was deleted before a moment, in seconds since 1970.

        Raises:
            RegtoolError: the bucket failed.
        """
        deletions = (one for name in self._deleted.repositories() for one in self._deleted.deletions(name))
        notes = [self._deleted.note_of(deletion) for deletion in deletions if deletion.at <= before]
        self._bucket.delete(map(self._place.key_of, notes))

    def bring_back(self, repository: str, name: str, key: bytes) -> None:
        """Have a tag point to a manifest again; of one that is not there the note of its deletion stays as it is.

        Raises:
            RegtoolError: a push has made the tag meanwhile, or the bucket failed.
        """
        text = digests.text(key).encode()
        current = self._key(repository, name, _CURRENT)
        is_there = self._bucket.read(current) is not None
        self._link(repository, name, key)
        if is_there:
            self._bucket.write(current, text)
        elif not self._bucket.create(current, text) and self._bucket.read(current) != text:
            raise names.moved(repository, name)

    def _link(self, repository: str, name: str, key: bytes) -> None:
        algorithm, hex_digits = digests.parts(key)
        path = f"index/{algorithm}/{hex_digits}/link"
        self._bucket.write(self._key(repository, name, path), digests.text(key).encode())

    def _key(self, repository: str, name: str, path: str) -> str:
        return f"{self._place.key_of(self._registry.tag_path(repository, name))}/{path}"

    def _look(self, repository: str, name: str) -> _Found:
        """Look at a tag's folder, as it is now."""
        home = self._key(repository, name, "")
        objects = {found.key.removeprefix(home): found for found in self._bucket.objects(home)}
        history = {key: found for path, found in objects.items() if (key := _key_of(path)) is not None}
        return _Found(objects.get(_CURRENT), history)

    def _settled(self, repository: str, name: str) -> _Found:
        """Look at a tag's folder such that whatever is written in it from now on has a later time.

        Times are whole seconds: of one that was set in this very second that begins with the next one.
        """
        moment = self._moment
        while (found := self._look(repository, name)).newest >= moment:
            moment = self._server_time(after=moment)
            if found.newest >= moment:
                self._pause(_LOOK)
        return found

    def _server_time(self, after: float) -> float:
        with self._looking:
            # Others may have looked while this one waited.
            if self._moment <= after:
                self._moment = server_time(self._bucket, self._clock)
            return self._moment

    def _finish(self, repository: str, name: str, past: Past) -> bool:
        """End a deletion when `current/link` is away.

        Returns:
            False where a push has set the tag since: it points to what was pushed.
        """
        left = self._look(repository, name)
        if left.current:
            return False
        pushed = {key: link for key, link in left.history.items() if link.modified > past.begun.get(key, 0.0)}
        if pushed:
            last = max(pushed, key=lambda key: pushed[key].modified)
            # Where the push does so itself just now it says the same.
            self._bucket.create(self._key(repository, name, _CURRENT), digests.text(last).encode())
            return False
        self._bucket.delete(link.key for link in left.history.values())
        return True


def _past(current: bytes, found: _Found) -> Past:
    begun = {key: link.modified for key, link in found.history.items()}
    if found.current:
        begun.setdefault(current, found.current.modified)
    return Past(current, begun)


def _key_of(path: str) -> bytes | None:
    match = _HISTORY.fullmatch(path)
    try:
        return digests.key_of(match[1], match[2]) if match else None
    except ValueError:
        return None
