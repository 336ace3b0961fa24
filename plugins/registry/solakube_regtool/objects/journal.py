"""What a collection is about to take away, put down first: whoever finds it can put everything back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from solakube_regtool.errors import RegtoolError
from solakube_regtool.http.parallel import Crew
from solakube_regtool.objects.workspace import ObjectWorkspace
from solakube_regtool.oci import digests
from solakube_regtool.storage.listing import Listing


class Batch(NamedTuple):
    """Blobs that go together.

    Attributes:
        links: keys of the objects that lead to each blob, and hold its digest.
    """

    links: Mapping[bytes, Sequence[str]]

    def written(self) -> bytes:
        """Write it down."""
        return json.dumps({digests.text(key): links for key, links in self.links.items()}).encode()

    @classmethod
    def read(cls, content: bytes) -> Batch:
        """Read what `written` gave.

        Raises:
            ValueError: it is something else.
        """
        return cls({digests.parse(name): links for name, links in json.loads(content).items()})


class Journal:
    """The journal of a bucket.

    Args:
        workspace: where it is.
        crew: does many things at a time.
    """

    def __init__(self, workspace: ObjectWorkspace, crew: Crew) -> None:
        self._workspace, self._bucket, self._crew = workspace, workspace.bucket, crew

    def begin(self, batch: Batch) -> None:
        """Put a batch down before anything of it is touched."""
        self._bucket.write(self._workspace.journal, batch.written())

    def end(self) -> None:
        """Forget the batch, of which nothing is in the trash any more."""
        self._bucket.delete([self._workspace.journal])

    def left(self) -> Batch | None:
        """Give the batch that was begun and did not end; None for none.

        Raises:
            RegtoolError: what was put down cannot be understood.
        """
        content = self._bucket.read(self._workspace.journal)
        try:
            return None if content is None else Batch.read(content)
        except (ValueError, AttributeError) as error:
            why = f"{self._workspace.journal}: {error}"
            raise RegtoolError("what a killed collection left cannot be put back", why) from error

    def put_back(self, batch: Batch, keys: Iterable[bytes] | None = None) -> int:
        """Bring blobs of a batch back to where they were, with their links; what is there stays as it is.

        A link is put back where its blob is there, and none without.

        Args:
            batch: it.
            keys: the blobs; None for all of it.

        Returns:
            How many blobs were missing in their place, and came back.
        """
        wanted = list(batch.links if keys is None else keys)
        if not wanted:
            return 0
        away = {found.key for found in self._bucket.objects(self._workspace.trash)}
        there = Listing(self._bucket.objects(self._workspace.blobs))
        missing = [key for key in wanted if there.find(self._workspace.blob(key)) is None]
        returning = [key for key in missing if self._workspace.away(key) in away]
        _all(self._crew.each(self._return, returning))
        whole = set(wanted) - (set(missing) - set(returning))
        _all(self._crew.each(self._link, ((link, key) for key in whole for link in batch.links[key])))
        return len(returning)

    def empty(self, keys: Set[bytes]) -> None:
        """Delete blobs from the trash for good."""
        self._bucket.delete(map(self._workspace.away, keys))

    def _return(self, key: bytes) -> None:
        self._bucket.copy(self._workspace.away(key), self._workspace.blob(key))

    def _link(self, link: tuple[str, bytes]) -> None:
        self._bucket.create(link[0], digests.text(link[1]).encode())


def _all(results: Iterable[None]) -> None:
    """Wait for all of what is done at the same time."""
    for _ in results:
        pass
