"""`fsck`: is all there that tags reach, and is it what it should be?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

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
    source = open_source(options)
    check = Check(source, options.deep)
    tags = damaged = 0
    for finding in source.each(check.look_at, _names(source, out)):
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
    summary = f"{counted(tags, 'tag')}, {damaged} of them damaged; {counted(check.blobs, 'blob')}"
    out.record(
        "checked", summary, summary=summary, tags=tags, damaged=damaged, blobs=check.blobs, oddities=source.oddities
    )
    return 1 if damaged else 0


def _names(source: Source, out: Output) -> Iterator[tuple[str, str]]:
    """Give repository and name of every tag."""
    for repository, tags in source.each(lambda name: (name, list(source.tag_names(name))), source.repositories()):
        out.progress(f"checking {repository}")
        for name in tags:
            yield repository, name
