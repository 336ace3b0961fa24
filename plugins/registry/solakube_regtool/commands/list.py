"""`list`, `list REPO`, `list REPO:TAG` and `list --tags`."""

from __future__ import annotations

import argparse
import fnmatch
from collections.abc import Iterable

from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import names, references
from solakube_regtool.oci.contents import Tagged
from solakube_regtool.oci.references import Reference
from solakube_regtool.output import Output
from solakube_regtool.sources.opening import matching_tags, open_source, require_repository
from solakube_regtool.sources.source import Source


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("reference", nargs="?", metavar="REPO", help="list its tags, or REPO:TAG, REPO@DIGEST; * and ?")
    parser.add_argument("--tags", action="store_true", help="list the tags of all repositories, as REPO:TAG")
    parser.add_argument("--names", action="store_true", help="ask for nothing but names")


def run(options: argparse.Namespace, out: Output) -> int:
    """Print the repositories, or the tags of one or all, one name a line."""
    source = open_source(options)
    listing = _Listing(source, out, options.tags, options.names or not out.as_json)
    meant = references.read(options.reference) if options.reference is not None else None
    if meant is None or (meant.is_whole and names.is_pattern(meant.repository)):
        repositories = _matching(source, meant)
        if options.tags:
            listing.tags_of(repositories)
        else:
            listing.repositories(repositories)
    elif meant.is_whole:
        listing.tags_of([require_repository(source, meant.repository)])
    else:
        listing.tags(matching_tags(source, meant).tags)
    return 0


def _matching(source: Source, meant: Reference | None) -> Iterable[str]:
    if meant is None:
        return source.repositories()
    found = fnmatch.filter(source.repositories(), meant.repository)
    if not found:
        raise RegtoolError(f"no repository matches {meant.repository}", "", "`list` prints the names there are")
    return found


class _Listing:
    """Prints what there is; only names are cheap."""

    def __init__(self, source: Source, out: Output, in_full: bool, only_names: bool) -> None:
        self._source, self._out = source, out
        self._in_full, self._only_names = in_full, only_names

    def repositories(self, found: Iterable[str]) -> None:
        if self._only_names:
            for name in found:
                self._out.record("repository", name, name=name)
            return
        for name, count in self._source.each(lambda name: (name, self._source.tag_count(name)), found):
            self._out.record("repository", "", name=name, tags=count)

    def tags_of(self, repositories: Iterable[str]) -> None:
        if not self._only_names:
            for repository in repositories:
                self.tags(sorted(self._source.tags(repository), key=lambda tag: tag.name))
            return
        found = self._source.each(lambda name: (name, sorted(self._source.tag_names(name))), repositories)
        for repository, tags in found:
            for tag in tags:
                self._print({"repository": repository, "name": tag})

    def tags(self, found: Iterable[Tagged]) -> None:
        for fields in self._source.each(self._details, found):
            self._print(fields)

    def _print(self, fields: dict[str, object]) -> None:
        name = f"{fields['repository']}:{fields['name']}" if self._in_full else str(fields["name"])
        self._out.record("tag", name, **fields)

    def _details(self, tag: Tagged) -> dict[str, object]:
        if self._only_names:
            return {"repository": tag.repository, "name": tag.name}
        from solakube_regtool.oci.images import describe

        image = describe(self._source.contents(tag.repository), tag.digest)
        return {
            "repository": tag.repository,
            "name": tag.name,
            "digest": tag.digest,
            "size": image.size,
            "platforms": list(image.platforms),
            "created": image.created,
            "pushed": tag.pushed,
            "pulled": tag.pulled,
        }
