"""`delete`: tags, and those alone.

Distribution 2.8 deletes a digest with all its tags. Here the tag alone is taken away, over the data its own folder in
one step: its siblings on the same digest stay, and so does the image, until nothing reaches it and garbage is
collected.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence

from solakube_regtool import durations
from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import names, references
from solakube_regtool.oci.contents import Tagged
from solakube_regtool.oci.references import Reference
from solakube_regtool.output import Output
from solakube_regtool.sources.opening import matching_tags, open_source
from solakube_regtool.sources.source import Source


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "targets",
        nargs="+",
        metavar="REPO TAG... | REPO:TAG... | REPO@DIGEST... | -",
        help="tags, * and ? allowed; - reads references from standard input, one a line",
    )
    parser.add_argument("--all", action="store_true", help="all tags of REPO")
    parser.add_argument("--older-than", metavar="AGE", help="only tags last pushed longer ago, such as 30d")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be deleted; delete nothing")


def run(options: argparse.Namespace, out: Output) -> int:
    """Delete the tags. Everything is looked up before anything is deleted."""
    source = open_source(options)
    words = _words(options.targets)
    targets = [_repository(words)] if options.all else list(_targets(words))
    matching = [(target.repository, matching_tags(source, target)) for target in targets]
    doomed = list(dict.fromkeys(tag for _, found in matching for tag in found.tags))
    pointless = dict.fromkeys(f"{repository}:{name}" for repository, found in matching for name in found.pointless)
    if options.older_than:
        doomed = list(_older(source, doomed, time.time() - durations.seconds(options.older_than), out))
    failures: list[RegtoolError] = []
    # Several may be under way when one fails: those are told of, and no more are begun.
    for tag, failure in source.each(
        lambda tag: (tag, None if options.dry_run else _delete(source, tag)), _until(failures, doomed)
    ):
        if failure:
            failures.append(failure)
            continue
        verb = "would delete" if options.dry_run else "deleted"
        out.record(
            "deleted",
            f"{verb} {tag.repository}:{tag.name} ({tag.digest})",
            repository=tag.repository,
            name=tag.name,
            digest=tag.digest,
            dry_run=options.dry_run,
        )
    if failures:
        raise failures[0]
    for image in pointless:
        out.note(f"keep {image}: where it points cannot be read, or is not here; push it again to have it deleted")
    if not doomed and not pointless:
        out.note("nothing to delete: there are no tags, or all that match are younger")
    return 1 if pointless else 0


def _words(words: Sequence[str]) -> Sequence[str]:
    if list(words) != ["-"]:
        return words
    given = sys.stdin.read().split()
    if not given:
        raise RegtoolError("nothing to delete is named", "standard input is empty", "give a reference on each line")
    return given


def _delete(source: Source, tag: Tagged) -> RegtoolError | None:
    try:
        source.delete(tag)
    except RegtoolError as error:
        return error
    return None


def _until(failures: Sequence[RegtoolError], tags: Sequence[Tagged]) -> Iterator[Tagged]:
    for tag in tags:
        if failures:
            return
        yield tag


def _older(source: Source, tags: Sequence[Tagged], before: float, out: Output) -> Iterator[Tagged]:
    """Give the tags made before; one whose age nobody knows is none of them."""
    if source.ages_by:
        out.note(source.ages_by)
    for tag, made in zip(tags, source.each(source.made, tags)):
        if made is None:
            out.note(f"keep {tag.repository}:{tag.name}: its age is not known")
        elif made < before:
            yield tag


def _repository(words: Sequence[str]) -> Reference:
    """Give the one repository of which all tags are meant."""
    meant = references.read(words[0])
    if len(words) > 1 or not meant.is_whole or names.is_pattern(meant.repository):
        told = "--all takes one repository, and neither tags nor patterns"
        raise RegtoolError(told, f"given is {' '.join(words)}", "name the repository alone, or its tags without --all")
    return meant


def _targets(words: Sequence[str]) -> Iterator[Reference]:
    """Give what is meant: `REPO TAG...` as in the original, or a reference a word."""
    first = references.read(words[0])
    if not first.is_whole:
        yield first
        for word in words[1:]:
            meant = references.read(word)
            if meant.is_whole:
                raise _without_tag(word)
            yield meant
        return
    if len(words) < 2:
        raise _without_tag(words[0])
    for word in words[1:]:
        yield references.of_repository(first.repository, word)


def _without_tag(repository: str) -> RegtoolError:
    told = "a repository alone is not deleted"
    return RegtoolError(f"which tag of {repository}?", told, "name it: REPO TAG; or all of them: REPO --all")
