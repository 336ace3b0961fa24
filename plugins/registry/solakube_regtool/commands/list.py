"""`list`, `list REPO`, `list REPO:TAG` and `list --tags`."""

from __future__ import annotations

import argparse
import fnmatch
from collections.abc import Iterable

from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import names, references
from solakube_regtool.oci.contents import Tagged
from solakube_regtool.oci.images import describe
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
    source, only_names = open_source(options), options.names or not out.as_json
    meant = references.read(options.reference) if options.reference is not None else None
    if meant is None or (meant.is_whole and names.is_pattern(meant.repository)):
        repositories = _matching(source, meant)
        if options.tags:
            _list_tags(source, repositories, True, only_names, out)
        else:
            _list_repositories(source, repositories, only_names, out)
    elif meant.is_whole:
        _list_tags(source, [require_repository(source, meant.repository)], options.tags, only_names, out)
    else:
        _show_tags(source, matching_tags(source, meant), options.tags, only_names, out)
    return 0


def _matching(source: Source, meant: Reference | None) -> Iterable[str]:
    if meant is None:
        return source.repositories()
    found = fnmatch.filter(source.repositories(), meant.repository)
    if not found:
        raise RegtoolError(f"no repository matches {meant.repository}", "", "`list` prints the names there are")
    return found


def _list_tags(source: Source, repositories: Iterable[str], in_full: bool, only_names: bool, out: Output) -> None:
    if not only_names:
        for repository in repositories:
            _show_tags(source, sorted(source.tags(repository), key=lambda tag: tag.name), in_full, only_names, out)
        return
    for repository, tags in source.each(lambda name: (name, sorted(source.tag_names(name))), repositories):
        for tag in tags:
            out.record("tag", f"{repository}:{tag}" if in_full else tag, repository=repository, name=tag)


def _show_tags(source: Source, tags: Iterable[Tagged], in_full: bool, only_names: bool, out: Output) -> None:
    def fields(tag: Tagged) -> dict[str, object]:
        return {"repository": tag.repository, "name": tag.name} if only_names else _details(source, tag)

    for found in source.each(fields, tags):
        out.record("tag", f"{found['repository']}:{found['name']}" if in_full else str(found["name"]), **found)


def _list_repositories(source: Source, repositories: Iterable[str], only_names: bool, out: Output) -> None:
    if only_names:
        for name in repositories:
            out.record("repository", name, name=name)
        return
    for name, count in source.each(lambda name: (name, source.tag_count(name)), repositories):
        out.record("repository", "", name=name, tags=count)


def _details(source: Source, tag: Tagged) -> dict[str, object]:
    image = describe(source.contents(tag.repository), tag.digest)
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
