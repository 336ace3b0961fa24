"""A registry's data folder as a source for commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from solakube_regtool.oci import digests, names
from solakube_regtool.oci.contents import Tagged
from solakube_regtool.sources.source import Item, Result
from solakube_regtool.storage.links import REVISIONS, TAGS, Link
from solakube_regtool.storage.tree import Tag, Tree

if TYPE_CHECKING:
    from solakube_regtool.alive.rules import Rules
    from solakube_regtool.history.versions import Version
    from solakube_regtool.sources.data_accounts import DataAccounts
    from solakube_regtool.sources.data_inspector import DataInspector


class DataSource:
    """Implements `source.Source` over a tree.

    Args:
        tree: the registry.

    Attributes:
        tree: the registry.
    """

    ages_by = ""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    @property
    def oddities(self) -> int:
        """How many things were found so far that cannot be understood."""
        return len(self.tree.oddities)

    def each(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Apply a function one by one: threads would only wait for one another."""
        return map(function, items)

    def repositories(self) -> Iterator[str]:
        """Give the names of all repositories."""
        return self.tree.repositories()

    def has_repository(self, repository: str) -> bool:
        """Tell whether there is a repository of this name."""
        return self.tree.has_repository(repository)

    def has_manifest(self, repository: str, digest: str) -> bool:
        """Tell whether a repository links a manifest."""
        link = Link(repository, REVISIONS, digests.parse(digest))
        return self.tree.link_status(link) is not None

    def tag_names(self, repository: str) -> Iterator[str]:
        """Give the names of a repository's tags, damaged ones too."""
        return self.tree.tag_names(repository)

    def tag_count(self, repository: str) -> int:
        """Count a repository's tags without reading where they point; what others left among them is none."""
        return sum(map(names.is_tag, self.tree.place.names(self.tree.links_folder(repository, TAGS))))

    def tags(self, repository: str) -> Iterator[Tag]:
        """Give a repository's tags."""
        return self.tree.tags(repository)

    def tag(self, repository: str, name: str) -> Tag | None:
        """Look a tag up."""
        return self.tree.tag(repository, name)

    def contents(self, repository: str) -> Tree:
        """All repositories share the blob store."""
        del repository
        return self.tree

    def made(self, tag: Tagged) -> float | None:
        """A tag's age counts from its push."""
        return tag.pushed

    def delete(self, tag: Tagged) -> None:
        """Take the tag's own folder away."""
        from solakube_regtool.storage.untag import delete_tag

        delete_tag(self.tree, tag)

    def bring_back(self, version: Version) -> None:
        """Have a tag point again to what it pointed to.

        Raises:
            RegtoolError: a push has made the tag meanwhile.
            OSError: the volume failed.
        """
        from solakube_regtool.history.undeleting import bring_back

        bring_back(self.tree, version)

    def set_back(self, version: Version, before: Tag | None) -> None:
        """Undo `bring_back`, which made a tag of what was there before, if anything was.

        Raises:
            RegtoolError, OSError: as `bring_back`.
        """
        from solakube_regtool.history.undeleting import set_back

        set_back(self.tree, version, before)

    def accounts(self, rules: Rules) -> DataAccounts:
        """Count what is reached."""
        from solakube_regtool.sources.data_accounts import DataAccounts

        return DataAccounts(self.tree, rules)

    def inspector(self, deep: bool) -> DataInspector:
        """Inspect links and blobs."""
        from solakube_regtool.sources.data_inspector import DataInspector

        return DataInspector(self.tree, deep)
