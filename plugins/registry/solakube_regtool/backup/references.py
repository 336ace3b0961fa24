"""The references of one repository, as a backup holds them: what its tags point to, and what it links.

What is written later is read first: a tag before the manifests, these before the layers. A push writes what is named
before what names it, so all that is named by what was read is there when it is looked for, as long as nothing is
deleted. Times are nanoseconds since 1970.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from solakube_regtool.oci import digests
from solakube_regtool.storage.links import LAYERS, REVISIONS, Link, history
from solakube_regtool.storage.tree import Tree

_ATTEMPTS = 6
_MOMENT = 0.02


class Times(NamedTuple):
    """When a link was written, and when it was last read."""

    modified: int
    accessed: int


class Linked(NamedTuple):
    """A link to a manifest, a configuration or a layer.

    Attributes:
        times: of the link.
        target: key of the blob that it leads to.
    """

    times: Times
    target: bytes


class SavedTag(NamedTuple):
    """A tag.

    Attributes:
        key: of the manifest that it points to.
        times: when it was last set and asked for.
        former: what it ever pointed to, each with the time when it was set to that last.
    """

    key: bytes
    times: Times
    former: Mapping[bytes, int]


class References(NamedTuple):
    """The references of one repository.

    Attributes:
        repository: its name.
        tags: by their names.
        links: by their kind (REVISIONS, LAYERS) and the digest that they are named by.
    """

    repository: str
    tags: Mapping[str, SavedTag]
    links: Mapping[str, Mapping[bytes, Linked]]

    def blobs(self) -> Iterator[bytes]:
        """Give the keys of the blobs that are linked, manifests first."""
        for kind in (REVISIONS, LAYERS):
            for linked in self.links[kind].values():
                yield linked.target

    def manifest_of(self, tag: str) -> str:
        """Give the digest, as text, that a tag's manifest is stored by."""
        key = self.tags[tag].key
        linked = self.links[REVISIONS].get(key)
        return digests.text(linked.target if linked else key)

    def as_document(self) -> dict[str, Any]:
        """Give it for JSON."""
        tags = {
            name: [digests.text(tag.key), *tag.times, {digests.text(key): at for key, at in tag.former.items()}]
            for name, tag in self.tags.items()
        }
        return {
            "repository": self.repository,
            "tags": tags,
            **{kind: _written(self.links[kind]) for kind in self.links},
        }


def _written(links: Mapping[bytes, Linked]) -> dict[str, list[int | str]]:
    return {
        digests.text(key): [*linked.times, *([] if linked.target == key else [digests.text(linked.target)])]
        for key, linked in links.items()
    }


def read_document(document: Mapping[str, Any]) -> References:
    """Read it from JSON.

    Raises:
        KeyError, ValueError, TypeError: it is something else.
    """
    tags = {
        name: SavedTag(digests.parse(text), Times(*times), {digests.parse(key): at for key, at in former.items()})
        for name, (text, *times, former) in document["tags"].items()
    }
    links = {kind: dict(map(_read, document[kind].items())) for kind in (REVISIONS, LAYERS)}
    return References(document["repository"], tags, links)


def _read(entry: tuple[str, list[Any]]) -> tuple[bytes, Linked]:
    text, (modified, accessed, *target) = entry
    return digests.parse(text), Linked(Times(modified, accessed), digests.parse(target[0] if target else text))


def read_repository(registry: Tree, repository: str) -> References:
    """Read a repository's references from a registry that may be at work.

    Raises:
        OSError: a folder cannot be read.
    """
    registry.place.forget()
    tags = {name: tag for name in registry.tag_folders(repository) if (tag := _tag(registry, repository, name))}
    # A list of a bucket has layers before the manifests and tags that need them.
    registry.place.forget()
    return References(repository, tags, {kind: _links(registry, repository, kind) for kind in (REVISIONS, LAYERS)})


def _tag(registry: Tree, repository: str, name: str) -> SavedTag | None:
    """Read a tag; None where it is gone, or its link is damaged.

    Distribution 2.8 empties a link before it writes it anew: one that cannot be read is read again.
    """
    path = f"{registry.tag_path(repository, name)}/current/link"
    for attempt in range(_ATTEMPTS):
        status, key = registry.place.status(path), registry.read_link(path)
        if status is None or key is not None:
            break
        time.sleep(_MOMENT * attempt)
    if status is None or key is None:
        return None
    statuses = ((link.key, registry.link_status(link)) for link in registry.links(repository, history(name)))
    former = {former: found.st_mtime_ns for former, found in statuses if found}
    return SavedTag(key, Times(status.st_mtime_ns, status.st_atime_ns), former)


def _links(registry: Tree, repository: str, kind: str) -> dict[bytes, Linked]:
    found = {}
    for key in registry.link_keys(repository, kind):
        link = Link(repository, kind, key)
        status, target = registry.link_status(link), registry.resolve(link)
        if status is not None and target is not None:
            found[key] = Linked(Times(status.st_mtime_ns, status.st_atime_ns), target)
    return found
