"""The links of a registry's repositories to blobs: files that hold a digest as text, in folders named by it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from solakube_regtool.oci import digests
from solakube_regtool.storage import files
from solakube_regtool.storage.blobs import Blobs
from solakube_regtool.storage.place import Place

LAYERS = "_layers"
REVISIONS = "_manifests/revisions"
TAGS = "_manifests/tags"


def history(tag: str) -> str:
    """Give the kind of the links to all manifests that a tag points to or ever pointed to."""
    return f"{TAGS}/{tag}/index"


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


class Links(Blobs):
    """The links of a registry, besides its blobs. Arguments and attributes are those of `blobs.Blobs`."""

    def __init__(self, data: str, place: Place = files) -> None:
        super().__init__(data, place)
        self._repositories = f"{self.root}/repositories"

    def links(self, repository: str, kind: str) -> Iterator[Link]:
        """Give a repository's links of a kind (LAYERS, REVISIONS or `history`), in no order."""
        return (Link(repository, kind, key) for key in self.link_keys(repository, kind))

    def link_keys(self, repository: str, kind: str) -> Iterator[bytes]:
        """Give the keys that a repository's links of a kind are named by, in no order."""
        return self._keys_in(self.links_folder(repository, kind))

    def long_keys(self, repository: str, kind: str) -> list[bytes]:
        """Give those of them that are of another algorithm than blobs are stored by: hardly any repository has such."""
        algorithms = self.place.names(self.links_folder(repository, kind))
        if all(name == digests.CANONICAL for name in algorithms):
            return []
        return [key for key in self.link_keys(repository, kind) if not digests.is_canonical(key)]

    def _keys_in(self, folder: str) -> Iterator[bytes]:
        for algorithm in self.place.names(folder):
            for name in self.place.names(f"{folder}/{algorithm}"):
                try:
                    yield digests.key_of(algorithm, name)
                except ValueError:
                    self.note(f"{folder}/{algorithm}/{name}", "not named by a digest")

    def links_folder(self, repository: str, kind: str) -> str:
        """Give the folder of a repository's links of a kind (LAYERS or REVISIONS)."""
        return f"{self._repositories}/{repository}/{kind}"

    def link_path(self, link: Link) -> str:
        """Give a link's file."""
        algorithm, hex_digits = digests.parts(link.key)
        return f"{self._repositories}/{link.repository}/{link.kind}/{algorithm}/{hex_digits}/link"

    def read_link(self, path: str) -> bytes | None:
        """Read a link's file.

        Returns:
            The key of the digest it holds; None if it cannot be read or holds none, which is an oddity.
        """
        try:
            return digests.parse(self.place.read(path, 256).decode("ascii", "replace"))
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
        return self.place.status(self.link_path(link))

    def resolve(self, link: Link) -> bytes | None:
        """Give the key of the blob that a link leads to: its own name, or what it holds where that is not sha256."""
        if digests.is_canonical(link.key):
            return link.key
        return self.read_link(self.link_path(link))
