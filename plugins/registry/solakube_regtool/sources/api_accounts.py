"""Who reaches which blobs of a registry, by its API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from solakube_regtool.alive.owners import Owners, divide, reached_by
from solakube_regtool.http.parallel import Once
from solakube_regtool.oci.contents import Tagged
from solakube_regtool.registry_api.client import RegistryApi
from solakube_regtool.registry_api.contents import ApiContents
from solakube_regtool.sources.source import Source, Totals

REMARK = "by the API only what tags reach can be counted, and when a tag was last pulled is not known"

_Name = tuple[str, str]


class ApiAccounts:
    """Implements `source.Accounts`. Each manifest is read once; what it reaches is kept, not its text.

    Args:
        api: of the registry.
        source: the same registry.
    """

    remark = REMARK

    def __init__(self, api: RegistryApi, source: Source) -> None:
        self._api, self._source = api, source
        self._reached: Once[_Name, frozenset[bytes]] = Once(self._read)
        self._keys: dict[bytes, bytes] = {}
        self._sizes: dict[bytes, int] = {}
        self._tags: dict[str, list[Tagged]] = {}
        for tag in source.each(self._look_up, self._names()):
            if tag:
                self._tags[tag.repository].append(tag)
        self.owners = self._owners()

    def _names(self) -> Iterator[_Name]:
        """Give repository and name of every tag; the repositories are noted by the way."""
        listed = self._source.each(lambda name: (name, list(self._api.tag_names(name))), self._api.repositories())
        for repository, tags in listed:
            self._tags[repository] = []
            for tag in tags:
                yield repository, tag

    def _look_up(self, name: _Name) -> Tagged | None:
        tag = self._source.tag(*name)
        if tag:
            self._reached((tag.repository, tag.digest))
        return tag

    def _read(self, place: _Name) -> frozenset[bytes]:
        repository, digest = place
        contents = ApiContents(self._api, repository)
        reached = reached_by(contents, digest)
        self._sizes.update(contents.sizes)
        # Many images reach one blob: they share its key, which takes more room than a reference.
        return frozenset(self._keys.setdefault(key, key) for key in reached)

    def _owners(self) -> Owners:
        reached = (set[bytes]().union(*map(self.reached, tags)) for tags in self._tags.values())
        return divide(tuple(self._tags), reached, self.size)

    def tags(self, repository: str) -> list[Tagged]:
        """Give a repository's tags."""
        return self._tags[repository]

    def reached(self, tag: Tagged) -> frozenset[bytes]:
        """Give the keys of all blobs that a tag's image is made of."""
        return self._reached((tag.repository, tag.digest))

    def held_alone(self, names: Iterable[str]) -> dict[str, set[bytes]]:
        """What no tag names cannot be seen."""
        del names
        return {}

    def size(self, key: bytes) -> int:
        """Give a blob's bytes, as a manifest tells."""
        return self._sizes.get(key, 0)

    def totals(self) -> Totals:
        """Nothing else can be known."""
        return Totals(None, None, None, None, None)
