"""What a tag pointed to, and when.

Distribution keeps a link to each manifest that a tag ever pointed to, and writes it again whenever the tag is set to
it: the link's modification time is when that began last. It ended when the next one began, or with the tag. A tag that
somebody had the registry itself delete leaves nothing; one that was deleted here is kept for a while (see
`storage.deletions`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from solakube_regtool.oci import digests
from solakube_regtool.storage.deletions import Deletions
from solakube_regtool.storage.noted_deletions import deleted_tags
from solakube_regtool.storage.past import Past
from solakube_regtool.storage.tree import Tree


class Version(NamedTuple):
    """What a tag points to, or pointed to.

    Attributes:
        repository: its repository's name.
        name: the tag itself.
        key: of the manifest.
        since: when the tag was last set to it, in seconds since 1970.
        until: when that ended; None if it still points there.
        deleted: it ended with the tag, not by another push.
    """

    repository: str
    name: str
    key: bytes
    since: float
    until: float | None
    deleted: bool

    @property
    def digest(self) -> str:
        """The manifest's digest, as text."""
        return digests.text(self.key)


def versions(registry: Tree, repository: str, name: str) -> list[Version]:
    """Give what a tag points to and pointed to, in order of time.

    Raises:
        OSError: a folder cannot be read.
    """
    deleted = deleted_tags(registry)
    found = list(_told_by(registry.past(repository, name), repository, name, None))
    for deletion in deleted.deletions_of(repository, name):
        found += _told_by(deleted.past_of(deletion), repository, name, deletion.at)
    return sorted(found, key=lambda version: (version.since, version.until is None))


def tag_names(registry: Tree, repository: str) -> list[str]:
    """Give the names of a repository's tags, in order, deleted ones too.

    Raises:
        OSError: a folder cannot be read.
    """
    return sorted({*registry.tag_names(repository), *deleted_tags(registry).tag_folders(repository)})


def moved_since(registry: Tree, repository: str, name: str, moment: float) -> Iterator[bytes]:
    """Give the keys of what a tag pointed to until after a moment, and no longer does.

    Args:
        registry: the tree.
        repository: the repository's name.
        name: the tag.
        moment: time stamp of links, in seconds since 1970.

    Raises:
        OSError: a folder cannot be read.
    """
    current = registry.place.status(f"{registry.tag_path(repository, name)}/current/link")
    # Nearly all tags were last set before, and to nothing else: so one look is enough.
    if current is not None and current.st_mtime > moment and len(registry.history_of(repository, name)) > 1:
        yield from _ended(_told_by(registry.past(repository, name), repository, name, None), moment)


def deleted_since(deleted: Deletions, repository: str, moment: float) -> Iterator[bytes | None]:
    """Give the keys of what deleted tags of a repository pointed to after a moment; see `moved_since`.

    One that cannot be read may have pointed to anything that it ever did, or, where that is not known, to anything at
    all: None.

    Raises:
        OSError: a folder cannot be read.
    """
    for deletion in deleted.deletions(repository):
        if deletion.at > moment:
            past = deleted.past_of(deletion)
            if past.current is None:
                yield from deleted.could_be(deletion)
            yield from _ended(_told_by(past, repository, deletion.name, deletion.at), moment)


def _ended(found: Iterator[Version], moment: float) -> Iterator[bytes]:
    return (version.key for version in found if version.until is not None and version.until > moment)


def _told_by(past: Past, repository: str, name: str, end: float | None) -> Iterator[Version]:
    """Give what the past of a tag tells, in order of time.

    Args:
        past: of the tag.
        repository: the repository's name.
        name: the tag.
        end: when the tag was deleted; None if it is there.
    """
    current, begun = past
    order = sorted(begun, key=lambda key: (begun[key], key == current))
    if current is None and end is not None and order:
        # What a deleted tag pointed to cannot be read: the last that it was set to, as far as is known.
        current = order[-1]
    for number, key in enumerate(order, 1):
        if key == current:
            yield Version(repository, name, key, begun[key], end, end is not None)
        else:
            # Of those that began at one moment (in a bucket, within one second) any may have been there last. Nothing
            # follows where a push was cut off before the tag itself was set.
            later = (begun[other] for other in order[number:] if begun[other] > begun[key] or other == current)
            yield Version(repository, name, key, begun[key], next(later, begun[key]), False)
