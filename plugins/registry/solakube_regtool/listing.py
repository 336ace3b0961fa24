"""`list`, `list REPO` and `list --tags`."""

from __future__ import annotations

import argparse

from solakube_regtool import names
from solakube_regtool.images import describe
from solakube_regtool.output import Output
from solakube_regtool.tree import TAGS, Tag, Tree


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("repository", nargs="?", metavar="REPO", help="list the tags of this repository")
    parser.add_argument("--tags", action="store_true", help="list the tags of all repositories, as REPO:TAG")


def run(options: argparse.Namespace, out: Output) -> int:
    """Print the repositories, or the tags of one or all, one name a line."""
    tree = Tree(options.data)
    if options.repository is None and options.tags:
        for name in tree.repositories():
            _list_tags(tree, name, out, f"{name}:")
        return 0
    if options.repository is None:
        for name in tree.repositories():
            out.record("repository", name, name=name, tags=_count(tree, name) if out.as_json else 0)
        return 0
    repository = names.check_repository(options.repository)
    if not tree.has_repository(repository):
        raise names.unknown("repository", repository, tree.repositories())
    _list_tags(tree, repository, out, f"{repository}:" if options.tags else "")
    return 0


def _list_tags(tree: Tree, repository: str, out: Output, prefix: str) -> None:
    for tag in sorted(tree.tags(repository), key=lambda found: found.name):
        if out.as_json:
            out.record("tag", "", **_details(tree, tag))
        else:
            out.record("tag", prefix + tag.name)


def _count(tree: Tree, repository: str) -> int:
    from solakube_regtool import files

    return len(files.names(tree.links_folder(repository, TAGS)))


def _details(tree: Tree, tag: Tag) -> dict[str, object]:
    image = describe(tree, tag.digest)
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
