"""A registry's API as a source for commands."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from solakube_regtool.alive.rules import Rules
from solakube_regtool.errors import RegtoolError
from solakube_regtool.http.parallel import Crew
from solakube_regtool.oci.contents import Tagged
from solakube_regtool.oci.images import describe
from solakube_regtool.registry_api.client import RegistryApi
from solakube_regtool.registry_api.contents import ApiContents
from solakube_regtool.registry_api.login import find_login
from solakube_regtool.sources.api_untag import Untagging
from solakube_regtool.sources.source import Item, Result

if TYPE_CHECKING:
    from solakube_regtool.sources.api_accounts import ApiAccounts
    from solakube_regtool.sources.api_inspector import ApiInspector

_EARLIEST = 315619200.0
"""1980-01-02: tools that make the same image twice date it 1970-01-01 or 1980-01-01, if at all."""


class ApiTag(NamedTuple):
    """A tag; see `source.Tagged`."""

    repository: str
    name: str
    digest: str
    pushed: None = None
    pulled: None = None


def open_api(url: str, environment: Mapping[str, str] = os.environ) -> ApiSource:
    """Open a registry's API with the login of the environment.

    Args:
        url: its address.
        environment: where the login is looked for.

    Raises:
        RegtoolError: the URL is none of a registry, or the login cannot be read.
    """
    # What is no URL may hold a login as well, and that is not told.
    shown = url.rpartition("@")[2]
    unusable = RegtoolError(f"{shown!r} is no address of a registry", "", "write https://HOST or https://HOST:PORT")
    try:
        parts = urlsplit(url)
        # It is looked at no earlier than it is asked for.
        _ = parts.port
    except ValueError:
        raise unusable from None
    if parts.username is not None or parts.password is not None:
        hint = "set REGISTRY_USERNAME and REGISTRY_PASSWORD, or `docker login` there"
        raise RegtoolError("the URL holds a login", "arguments can be seen by every user of the machine", hint)
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable() or " " in url:
        raise unusable
    if parts.path.strip("/") or parts.query or parts.fragment:
        why = "a registry's API begins at the root of its host"
        root = f"{parts.scheme}://{parts.netloc}"
        raise RegtoolError(f"{root}/... is no address of a registry", why, f"write {root}")
    return ApiSource(RegistryApi(f"{parts.scheme}://{parts.netloc}", find_login(parts.netloc, environment)))


class ApiSource:
    """Implements `source.Source` over the API.

    Args:
        api: of the registry.

    Attributes:
        api: of the registry.
    """

    ages_by = (
        "by the API nobody knows when a tag was pushed: ages are those of the images, as their configurations tell"
    )

    def __init__(self, api: RegistryApi) -> None:
        self.api = api
        self._crew = Crew()
        self._untagging = Untagging(api)
        self.oddities = 0

    def close(self) -> None:
        """End the threads and close the connections; a process that ends need not."""
        self._crew.close()
        self.api.close()

    def each(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Apply a function to several items at a time."""
        return self._crew.each(function, items)

    def repositories(self) -> Iterator[str]:
        """Give the names of all repositories."""
        return self.api.repositories()

    def has_repository(self, repository: str) -> bool:
        """Tell whether there is a repository of this name."""
        return self.api.has_repository(repository)

    def has_manifest(self, repository: str, digest: str) -> bool:
        """Tell whether a repository has a manifest."""
        return self.api.digest_of(repository, digest) is not None

    def tag_names(self, repository: str) -> Iterator[str]:
        """Give the names of a repository's tags, those that point nowhere too."""
        return self.api.tag_names(repository)

    def tag_count(self, repository: str) -> int:
        """Count a repository's tags."""
        return sum(1 for _ in self.api.tag_names(repository))

    def tags(self, repository: str) -> Iterator[ApiTag]:
        """Give a repository's tags."""
        found = self.each(lambda name: self.tag(repository, name), self.tag_names(repository))
        return (tag for tag in found if tag)

    def tag(self, repository: str, name: str) -> ApiTag | None:
        """Look a tag up."""
        digest = self.api.digest_of(repository, name)
        return ApiTag(repository, name, digest) if digest else None

    def contents(self, repository: str) -> ApiContents:
        """Give access to what a repository holds."""
        return ApiContents(self.api, repository)

    def made(self, tag: Tagged) -> float | None:
        """A tag's age counts from the time its image was made; a time that only stands for none is not known."""
        created = describe(self.contents(tag.repository), tag.digest).created
        return created if created is not None and created > _EARLIEST else None

    def delete(self, tag: Tagged) -> None:
        """Have the registry take the tag away, and it alone."""
        self._untagging.delete(tag)

    def accounts(self, rules: Rules) -> ApiAccounts:
        """Count what tags reach: the API shows nothing else."""
        from solakube_regtool.sources.api_accounts import ApiAccounts

        del rules
        return ApiAccounts(self.api, self)

    def inspector(self, deep: bool) -> ApiInspector:
        """Ask for everything."""
        from solakube_regtool.sources.api_inspector import ApiInspector

        return ApiInspector(self.api, deep)
