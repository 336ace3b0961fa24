"""`fsck`: is all there that tags reach, and is it what it should be?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import NamedTuple

from solakube_regtool.output import Output
from solakube_regtool.sources.checking import Check
from solakube_regtool.sources.opening import open_source
from solakube_regtool.sources.source import Source
from solakube_regtool.wording import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--deep", action="store_true", help="read every blob and check its digest")


def run(options: argparse.Namespace, out: Output) -> int:
    """Check every tag; 1 where any is damaged."""
    return 1 if check(open_source(options), options.deep, out).damaged else 0


class Checked(NamedTuple):
    """What came of it: the numbers of tags, and of those that are damaged, and both in a sentence."""

    tags: int
    damaged: int
    summary: str


def check(source: Source, deep: bool, out: Output) -> Checked:
    """Check every tag of a registry, and tell what is damaged.

    Args:
        source: the registry.
        deep: hash every blob.
        out: told all of it.
    """
    looking = Check(source, deep)
    tags = damaged = 0
    for finding in source.each(looking.look_at, _names(source, out)):
        if finding is None:
            continue
        tags += 1
        damaged += bool(finding.faults)
        if finding.absent:
            platforms = ", ".join(finding.absent)
            out.note(f"{finding.image}: of its index these platforms are not here: {platforms}")
        for fault in finding.faults:
            out.record(
                "damage",
                f"{finding.image}: {fault}",
                image=finding.image,
                digest=finding.digest,
                fault=fault,
            )
    summary = f"{counted(tags, 'tag')}, {damaged} of them damaged; {counted(looking.blobs, 'blob')}"
    out.record(
        "checked", summary, summary=summary, tags=tags, damaged=damaged, blobs=looking.blobs, oddities=source.oddities
    )
    return Checked(tags, damaged, summary)


def _names(source: Source, out: Output) -> Iterator[tuple[str, str]]:
    """Give repository and name of every tag."""
    for repository, tags in source.each(lambda name: (name, list(source.tag_names(name))), source.repositories()):
        out.progress(f"checking {repository}")
        for name in tags:
            yield repository, name
