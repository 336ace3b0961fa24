"""`list` and `list REPO`."""

from __future__ import annotations

import argparse

from solakube_regtool.images import describe
from solakube_regtool.output import Output
from solakube_regtool.source import Source, Tagged, open_source, require_repository


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("repository", nargs="?", metavar="REPO", help="list the tags of this repository")


def run(options: argparse.Namespace, out: Output) -> int:
    """Print the repositories, or the tags of one, one name a line."""
    source = open_source(options)
    if options.repository is None:
        _list_repositories(source, out)
        return 0
    repository = require_repository(source, options.repository)
    if not out.as_json:
        for name in sorted(source.tag_names(repository)):
            out.record("tag", name)
        return 0
    tags = sorted(source.tags(repository), key=lambda found: found.name)
    for details in source.each(lambda tag: _details(source, tag), tags):
        out.record("tag", "", **details)
    return 0


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
