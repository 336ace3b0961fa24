"""`list`, `list REPO` and `list --tags`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from solakube_regtool.oci.contents import Tagged
from solakube_regtool.oci.images import describe
from solakube_regtool.output import Output
from solakube_regtool.sources.opening import open_source, require_repository
from solakube_regtool.sources.source import Source


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("repository", nargs="?", metavar="REPO", help="list the tags of this repository")
    parser.add_argument("--tags", action="store_true", help="list the tags of all repositories, as REPO:TAG")


def run(options: argparse.Namespace, out: Output) -> int:
    """Print the repositories, or the tags of one or all, one name a line."""
    source = open_source(options)
    if options.repository is not None:
        _list_tags(source, [require_repository(source, options.repository)], options.tags, out)
    elif options.tags:
        _list_tags(source, source.repositories(), True, out)
    else:
        _list_repositories(source, out)
    return 0


def _list_tags(source: Source, repositories: Iterable[str], in_full: bool, out: Output) -> None:
    if not out.as_json:
        for repository, tags in source.each(lambda name: (name, sorted(source.tag_names(name))), repositories):
            for tag in tags:
                out.record("tag", f"{repository}:{tag}" if in_full else tag)
        return
    for repository in repositories:
        tagged = sorted(source.tags(repository), key=lambda found: found.name)
        for details in source.each(lambda tag: _details(source, tag), tagged):
            out.record("tag", "", **details)


def _list_repositories(source: Source, out: Output) -> None:
    if not out.as_json:
        for name in source.repositories():
            out.record("repository", name)
        return
    for name, count in source.each(lambda name: (name, source.tag_count(name)), source.repositories()):
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
