"""Opening the source that a command is asked about."""

from __future__ import annotations

import argparse
import fnmatch
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import names
from solakube_regtool.oci.contents import Tagged
from solakube_regtool.oci.references import Reference
from solakube_regtool.sources.source import Source

if TYPE_CHECKING:
    from solakube_regtool.sources.data import DataSource
    from solakube_regtool.storage.leases import AnyLeases


def open_source(options: argparse.Namespace) -> Source:
    """Open what the options name: --url, --bucket or --data.

    Raises:
        RegtoolError: the URL or the bucket is none, or the credentials for it cannot be read.
    """
    if options.url:
        from solakube_regtool.sources.api import open_api

        return open_api(options.url)
    return open_data(options)


def open_data(options: argparse.Namespace) -> DataSource:
    """Open what the options name: --bucket or --data.

    Raises:
        RegtoolError: the bucket is none, or the keys for it cannot be read.
    """
    if options.bucket:
        from solakube_regtool.sources.bucket import open_bucket

        return open_bucket(options.bucket)
    from solakube_regtool.sources.data import DataSource
    from solakube_regtool.storage.tree import Tree

    return DataSource(Tree(options.data))


def open_leases(options: argparse.Namespace) -> AnyLeases:
    """Open the leases on deletions of what the options name: --bucket or --data.

    Raises:
        RegtoolError: the bucket is none, or the keys for it cannot be read.
    """
    if options.bucket:
        from solakube_regtool.sources.bucket import open_bucket

        return open_bucket(options.bucket).leases
    from solakube_regtool.storage.leases import Leases
    from solakube_regtool.storage.tree import Tree

    return Leases(Tree(options.data))


def require_repository(source: Source, name: str) -> str:
    """Return the name of a repository that is there.

    Raises:
        RegtoolError: there is none of this name; it names the nearest, where all can be listed.
    """
    if source.has_repository(names.check_repository(name)):
        return name
    try:
        known = list(source.repositories())
    except RegtoolError:
        known = []
    raise names.unknown("repository", name, known)


class Matching(NamedTuple):
    """The tags of a repository that a reference means.

    Attributes:
        tags: in the order of their names.
        pointless: names of those of which it cannot be told where they point.
    """

    tags: list[Tagged]
    pointless: list[str]


def matching_tags(source: Source, meant: Reference) -> Matching:
    """Return the tags of one repository that a reference means.

    Args:
        source: where to look.
        meant: its repository is no pattern.

    Raises:
        RegtoolError: there is no such repository, or no such tag in it; it names the nearest.
    """
    require_repository(source, meant.repository)
    if names.is_pattern(meant.tag or "*"):
        wanted = fnmatch.filter(source.tag_names(meant.repository), meant.tag or "*")
    else:
        wanted = [names.check_tag(meant.tag)]
    looked_up = list(zip(wanted, source.each(lambda name: source.tag(meant.repository, name), wanted)))
    found = [tag for _, tag in looked_up if tag]
    pointless = _still_there(source, meant.repository, [name for name, tag in looked_up if not tag])
    if pointless == [meant.tag]:
        why = "where it points cannot be read, or is not here"
        raise RegtoolError(f"{meant} is a damaged tag", why, "push it again")
    if meant.tag and not found and not pointless:
        raise names.unknown(f"tag of {meant.repository} named", meant.tag, source.tag_names(meant.repository))
    if meant.digest:
        found = [tag for tag in found if tag.digest == meant.digest] or _none_of(meant)
    return Matching(sorted(found, key=lambda tag: tag.name), pointless)


def _still_there(source: Source, repository: str, tags: Collection[str]) -> list[str]:
    """Give those tags that were not deleted meanwhile."""
    return sorted({*tags}.intersection(source.tag_names(repository))) if tags else []


def _none_of(meant: Reference) -> list[Tagged]:
    if meant.tag and not names.is_pattern(meant.tag):
        raise names.moved(meant.repository, meant.tag)
    raise RegtoolError(
        f"no tag of {meant.repository} points to {meant.digest}", "", "`list REPO` shows where they point"
    )
