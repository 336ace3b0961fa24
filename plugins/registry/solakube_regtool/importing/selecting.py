"""Which tags of an origin are wanted."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Sequence

from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import names, references
from solakube_regtool.oci.references import Reference
from solakube_regtool.sources.opening import require_repository
from solakube_regtool.sources.source import Source

_ALL = (Reference("*", "", ""),)


def read_patterns(words: Iterable[str]) -> Sequence[Reference]:
    """Read patterns, REPO or REPO:TAG, each with *, ? and [...].

    Raises:
        RegtoolError: one is none.
    """
    patterns = [references.read(word) for word in words]
    for meant in patterns:
        if meant.digest:
            raise RegtoolError(f"{meant} names a digest", "what has no tag is not imported", "name REPO or REPO:TAG")
    return patterns or _ALL


def selected(source: Source, patterns: Sequence[Reference]) -> Iterator[tuple[str, str]]:
    """Give repository and name of each tag that is wanted, once.

    Raises:
        RegtoolError: what is named is not there, or the source cannot tell.
    """
    given = set[tuple[str, str]]()
    for meant in patterns:
        count = 0
        for repository in _repositories(source, meant):
            for name in _tags(source, repository, meant):
                count += 1
                if (repository, name) not in given:
                    given.add((repository, name))
                    yield repository, name
        if not count and meant.tag:
            raise _none(source, meant)


def _repositories(source: Source, meant: Reference) -> Iterable[str]:
    if not names.is_pattern(meant.repository):
        return [require_repository(source, meant.repository)]
    found = source.repositories()
    if meant in _ALL:
        return found
    matching = fnmatch.filter(found, meant.repository)
    if not matching:
        raise RegtoolError(f"no repository matches {meant.repository}", "", "see `sk registry list` of the source")
    return matching


def _tags(source: Source, repository: str, meant: Reference) -> Iterable[str]:
    if not meant.tag:
        return source.tag_names(repository)
    if names.is_pattern(meant.tag):
        return fnmatch.filter(source.tag_names(repository), meant.tag)
    return [meant.tag] if meant.tag in source.tag_names(repository) else []


def _none(source: Source, meant: Reference) -> RegtoolError:
    if names.is_pattern(meant.repository) or names.is_pattern(meant.tag):
        return RegtoolError(f"no tag matches {meant}", "", "see `sk registry list --tags` of the source")
    return names.unknown(f"tag of {meant.repository} named", meant.tag, source.tag_names(meant.repository))
