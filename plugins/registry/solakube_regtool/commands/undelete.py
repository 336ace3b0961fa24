"""`undelete REPO:TAG`: bring back a tag that was deleted or moved, if its image is still whole."""

from __future__ import annotations

import argparse

from solakube_regtool.errors import RegtoolError, failed
from solakube_regtool.history.undeleting import wanted
from solakube_regtool.history.versions import Version
from solakube_regtool.oci import names, references
from solakube_regtool.output import Output
from solakube_regtool.sources.checking import Check
from solakube_regtool.sources.data import DataSource
from solakube_regtool.sources.opening import open_data, require_repository
from solakube_regtool.storage.tree import Tag


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("reference", metavar="REPO:TAG")
    parser.add_argument("--at", type=float, metavar="SECONDS", help="what it pointed to then, by seconds since 1970")


def run(options: argparse.Namespace, out: Output) -> int:
    """Bring it back, and look whether all of its image is there."""
    source, meant = open_data(options), references.read(options.reference)
    if not meant.tag or meant.digest or names.is_pattern(meant.tag):
        raise RegtoolError(f"{meant} names no tag", "", "name one: REPO:TAG")
    require_repository(source, meant.repository)
    before = source.tag(meant.repository, meant.tag)
    version = wanted(source.tree, meant.repository, meant.tag, options.at)
    try:
        source.bring_back(version)
        # It is looked at when the tag holds it: a collection puts back what it has moved away by now.
        _require_whole(source, version, before)
    except OSError as error:
        raise failed(f"{meant} cannot be brought back", error) from error
    text = f"{meant} points to {version.digest} again"
    fields = {"repository": version.repository, "name": version.name, "digest": version.digest}
    out.record("undeleted", text, **fields, before=before.digest if before else None)
    return 0


def _require_whole(source: DataSource, version: Version, before: Tag | None) -> None:
    """Make sure that an image is whole, and undo what was done if it is not.

    Raises:
        RegtoolError: it is not.
    """
    faults = Check(source, deep=False).faults_of(version.repository, version.name)
    if not faults:
        return
    source.set_back(version, before)
    hint = "push the image again; if a collection is at work, try again when it has ended"
    raise RegtoolError(f"{version.repository}:{version.name} cannot be brought back", "; ".join(faults), hint)
