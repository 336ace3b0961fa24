"""A registry's bucket as a source for commands: what a data folder tells, but for when a tag was last pulled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from solakube_regtool.alive.rules import Rules
from solakube_regtool.history.versions import Version
from solakube_regtool.http.parallel import Crew
from solakube_regtool.oci import digests
from solakube_regtool.oci.contents import Tagged
from solakube_regtool.s3.address import Address, keys_of_environment
from solakube_regtool.s3.bucket import Bucket
from solakube_regtool.sources.data import DataSource
from solakube_regtool.sources.data_accounts import DataAccounts
from solakube_regtool.sources.data_inspector import DataInspector
from solakube_regtool.sources.source import Item, Result, Totals
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.object_leases import ObjectLeases
from solakube_regtool.storage.object_tags import ObjectTags
from solakube_regtool.storage.tree import Tag, Tree

NOT_KNOWN = "when a tag was last pulled is not known: an object storage keeps no access times"


def open_bucket(address: str) -> BucketSource:
    """Open a registry's bucket.

    Args:
        address: see `Address.read`.

    Raises:
        RegtoolError: that is no address, or the environment has no keys.
    """
    return BucketSource(BucketFiles(Bucket(Address.read(address), keys_of_environment())))


class BucketSource(DataSource):
    """Implements `source.Source` over a bucket.

    Args:
        place: the bucket.

    Attributes:
        place: the bucket.
        tags_there: deletes tags in it, and brings them back.
        leases: on deletions.
    """

    def __init__(self, place: BucketFiles) -> None:
        self.place = place
        self._crew = Crew()
        super().__init__(Tree(place.data, place))
        self.tags_there = ObjectTags(self.tree, place)
        self.leases = ObjectLeases(self.tree, place)

    def each(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Apply a function to several items at a time: each waits for the network."""
        return self._crew.each(function, items)

    def tag(self, repository: str, name: str) -> Tag | None:
        """Look a tag up, as it is now: a list may be older."""
        found = super().tag(repository, name)
        if found is None:
            return None
        try:
            content = self.place.read_anew(f"{self.tree.tag_path(repository, name)}/current/link")
        except FileNotFoundError:
            return None
        digest = content.decode("ascii", "replace")
        return found if digest == found.digest else super().tag(repository, name)

    def delete(self, tag: Tagged) -> None:
        """Take the tag's objects away."""
        self.tags_there.delete(tag)

    def bring_back(self, version: Version) -> None:
        """Have a tag point again to what it pointed to."""
        self.tags_there.bring_back(version.repository, version.name, version.key)
        self.place.forget()

    def set_back(self, version: Version, before: Tag | None) -> None:
        """Undo `bring_back`."""
        if before:
            self.tags_there.bring_back(version.repository, version.name, digests.parse(before.digest))
        else:
            self.delete(Tag(version.repository, version.name, version.digest, version.since, None))

    def accounts(self, rules: Rules) -> BucketAccounts:
        """Count what is reached. Nothing but the time of its push tells whether a manifest is in use."""
        self.place.expect(self.tree.root)
        return BucketAccounts(self.tree, rules, self.place.bucket)

    def inspector(self, deep: bool) -> DataInspector:
        """Inspect links and blobs."""
        self.place.expect(self.tree.root)
        return super().inspector(deep)


class BucketAccounts(DataAccounts):
    """Implements `source.Accounts` over a bucket.

    Args:
        tree: the registry.
        rules: see `source.Source.accounts`.
        bucket: for the uploads that are not finished.
    """

    def __init__(self, tree: Tree, rules: Rules, bucket: Bucket) -> None:
        super().__init__(tree, rules)
        self._bucket = bucket

    @property
    def remark(self) -> str:
        """Why it is not known when tags were last pulled."""
        return NOT_KNOWN

    def tags(self, repository: str) -> Iterator[Tag]:
        """Give a repository's tags."""
        return self._tree.tags(repository)

    def totals(self) -> Totals:
        """Measure the blob store, and the uploads that are not finished: S3 keeps their parts out of sight."""
        stored = sum(self._tree.blob_size(key) or 0 for key in self._tree.blob_keys())
        below = self._bucket.address.key("docker/registry/v2/")
        unfinished = sum(map(self._bucket.size_of_upload, self._bucket.uploads(below)))
        return Totals(stored, unfinished, self.trash(), None, False)
