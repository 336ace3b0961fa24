"""Tags that were deleted in a bucket: a note tells what each pointed to, since a copy of its links had their own times.

<root>/_solakube/deleted/<repository>/_manifests/tags/<tag>/<time>/past
"""

from __future__ import annotations

from collections.abc import Collection

from solakube_regtool.storage import files
from solakube_regtool.storage.deletions import Deleted, Deletion, Deletions
from solakube_regtool.storage.past import Past
from solakube_regtool.storage.tree import Tree

NOTE = "past"


def deleted_tags(registry: Tree) -> Deletions:
    """Give the deleted tags of a registry, on a volume or in a bucket."""
    return Deleted(registry) if registry.place is files else NotedDeletions(registry)


class NotedDeletions(Deletions):
    """The deleted tags of a registry in a bucket. Arguments are those of `Deletions`."""

    def note_of(self, deletion: Deletion) -> str:
        """Give the path of what tells of a deletion."""
        return f"{self.tag_path(deletion.repository, deletion.folder)}/{NOTE}"

    def past_of(self, deletion: Deletion) -> Past:
        """Tell what a deleted tag pointed to at its end, and ever had; nothing where that cannot be read."""
        path = self.note_of(deletion)
        try:
            return Past.read(self.place.read(path))
        except FileNotFoundError:
            return Past(None, {})
        except ValueError as error:
            self.note(path, f"the note of a deletion cannot be read: {error}")
            return Past(None, {})

    def could_be(self, deletion: Deletion) -> Collection[bytes | None]:
        """Of a note that cannot be read, anything."""
        return [None] if self.place.exists(self.note_of(deletion)) else []
