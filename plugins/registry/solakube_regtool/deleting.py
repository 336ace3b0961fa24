"""`delete`: tags, and those alone.

Distribution 2.8 deletes a digest with all its tags. Here the tag's own folder is taken away, in one step: its siblings
on the same digest stay, and so does the image, until nothing reaches it and garbage is collected.
"""

from __future__ import annotations

import argparse
import fnmatch
import time
from collections.abc import Iterator, Sequence

from solakube_regtool import durations, names
from solakube_regtool.errors import RegtoolError, failed
from solakube_regtool.output import Output
from solakube_regtool.tree import Tag, Tree
from solakube_regtool.untag import remove_tag
from solakube_regtool.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("targets", nargs="+", metavar="REPO TAG... | REPO:TAG...", help="tags, * and ? allowed")
    parser.add_argument("--older-than", metavar="AGE", help="only tags last pushed longer ago, such as 30d")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be deleted; delete nothing")


def run(options: argparse.Namespace, out: Output) -> int:
    """Delete the tags. Everything is looked up before anything is deleted."""
    tree = Tree(options.data)
    before = time.time() - durations.seconds(options.older_than) if options.older_than else None
    found = dict.fromkeys(tag for target in _targets(options.targets) for tag in _matching(tree, *target))
    doomed = [tag for tag in found if before is None or tag.pushed < before]
    for tag in doomed:
        if not options.dry_run:
            delete_tag(tree, tag)
        verb = "would delete" if options.dry_run else "deleted"
        out.record(
            "deleted",
            f"{verb} {tag.repository}:{tag.name} ({tag.digest})",
            repository=tag.repository,
            name=tag.name,
            digest=tag.digest,
            dry_run=options.dry_run,
        )
    if not doomed:
        out.progress("nothing to delete: every tag that matches is younger")
    return 0


def _targets(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give repository and tag of each target: `REPO TAG...` as in the original, or `REPO:TAG...`."""
    if any(":" in word for word in words):
        for word in words:
            repository, _, tag = word.partition(":")
            yield names.check_repository(repository), names.check_tag_pattern(tag)
        return
    if len(words) < 2:
        raise RegtoolError(f"which tag of {words[0]}?", "a repository alone is not deleted", "name it: REPO TAG")
    for tag in words[1:]:
        yield names.check_repository(words[0]), names.check_tag_pattern(tag)


def _matching(tree: Tree, repository: str, pattern: str) -> list[Tag]:
    if not tree.has_repository(repository):
        raise names.unknown("repository", repository, tree.repositories())
    if not names.is_pattern(pattern):
        found = tree.tag(repository, names.check_tag(pattern))
        tags = [found] if found else []
    else:
        tags = [tag for tag in tree.tags(repository) if fnmatch.fnmatchcase(tag.name, pattern)]
    if not tags:
        known = [tag.name for tag in tree.tags(repository)]
        raise names.unknown(f"tag of {repository} named", pattern, known)
    return sorted(tags, key=lambda tag: tag.name)


def delete_tag(tree: Tree, tag: Tag) -> None:
    """Take a tag away, unless a push has moved it to another image meanwhile.

    Raises:
        RegtoolError: it is gone or moved, or the volume does not let it be taken away.
    """
    try:
        Workspace(tree).prepare()
        removed = remove_tag(tree, tag.repository, tag.name, tag.digest)
    except OSError as error:
        raise failed(f"{tag.repository}:{tag.name} cannot be deleted", error) from error
    if not removed:
        raise RegtoolError(f"{tag.repository}:{tag.name} was deleted or pushed anew meanwhile", "", "look again")
