"""What commands are written against: a registry's data folder, or its API.

Both tell the same; what only one of them can know is None over the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from solakube_regtool.alive.owners import Owners
    from solakube_regtool.alive.rules import Rules
    from solakube_regtool.oci.contents import Contents, Tagged
    from solakube_regtool.oci.manifest import Descriptor, Manifest

Item = TypeVar("Item")
Result = TypeVar("Result")


class Totals(NamedTuple):
    """What there is besides what tags reach; None where it cannot be known.

    Attributes:
        stored: bytes of all blobs.
        uploads: bytes of unfinished uploads.
        trash: bytes that collections have moved away and not freed yet.
        free: bytes that the volume has left.
        keeps_access_times: whether it can be told when a tag was last pulled.
    """

    stored: int | None
    uploads: int | None
    trash: int | None
    free: int | None
    keeps_access_times: bool | None


class Accounts(Protocol):
    """Who reaches which blobs, and how large these are.

    Attributes:
        owners: whom each blob belongs to.
        remark: what the reader has to know about the figures; "" for nothing.
    """

    @property
    def owners(self) -> Owners: ...
    @property
    def remark(self) -> str: ...

    def tags(self, repository: str) -> Iterable[Tagged]:
        """Give a repository's tags, in no order."""

    def reached(self, tag: Tagged) -> Set[bytes]:
        """Give the keys of all blobs that a tag's image is made of, its manifests included."""

    def held_alone(self, names: Iterable[str]) -> Mapping[str, Set[bytes]]:
        """Give for digests that the cluster names the keys of those blobs that stay for no other reason.

        Args:
            names: what the cluster names, tags too.

        Returns:
            Keys by digest; without digests for which nothing stays alone, and nothing where that cannot be seen.
        """

    def size(self, key: bytes) -> int:
        """Give a blob's bytes; 0 for one that is missing."""

    def totals(self) -> Totals:
        """Measure the rest."""


class Inspector(Protocol):
    """Looks whether content is there and as it should be."""

    def manifest(self, repository: str, digest: str) -> tuple[Manifest | None, str]:
        """Read a manifest; in its place say what is wrong, as the end of a sentence."""

    def blob(self, repository: str, blob: Descriptor) -> str:
        """Say what is wrong with a blob, "" for nothing."""

    @property
    def looked_at(self) -> int:
        """How many blobs, manifests included, have been looked at."""


class Source(Protocol):
    """A registry, to look into and to delete tags from.

    Attributes:
        ages_by: what a tag's age means here, where that is not the time since its push; "" where it is.
        oddities: how many things were found so far that cannot be understood.
    """

    @property
    def ages_by(self) -> str: ...
    @property
    def oddities(self) -> int: ...

    def each(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Apply a function, in order; to several items at a time where that waits for a network."""

    def repositories(self) -> Iterator[str]:
        """Give the names of all repositories, those without tags too."""

    def has_repository(self, repository: str) -> bool:
        """Tell whether there is a repository of this name."""

    def has_manifest(self, repository: str, digest: str) -> bool:
        """Tell whether a repository links a manifest."""

    def tag_names(self, repository: str) -> Iterable[str]:
        """Give the names of a repository's tags, in no order."""

    def tag_count(self, repository: str) -> int:
        """Count a repository's tags."""

    def tags(self, repository: str) -> Iterator[Tagged]:
        """Give a repository's tags, in no order."""

    def tag(self, repository: str, name: str) -> Tagged | None:
        """Look a tag up; None if there is no such tag, or it points nowhere."""

    def contents(self, repository: str) -> Contents:
        """Give access to what a repository holds."""

    def made(self, tag: Tagged) -> float | None:
        """Give the time that a tag's age counts from, in seconds since 1970; None where it is not known."""

    def delete(self, tag: Tagged) -> None:
        """Take a tag away, and it alone, unless a push has moved it to another image meanwhile.

        Raises:
            RegtoolError: it is gone or moved, or cannot be taken away.
        """

    def accounts(self, rules: Rules) -> Accounts:
        """Count what is reached.

        Args:
            rules: what is alive besides what tags reach, where such can be seen.
        """

    def inspector(self, deep: bool) -> Inspector:
        """Give what inspects content; `deep` reads every blob and checks its digest."""
