"""`undelete REPO:TAG`: bring back a tag that was deleted or moved, if its image is still whole."""

from __future__ import annotations

import argparse

from solakube_regtool.errors import RegtoolError, failed
from solakube_regtool.history.undeleting import bring_back, wanted
from solakube_regtool.history.versions import Version
from solakube_regtool.oci import digests, names, references
from solakube_regtool.output import Output
from solakube_regtool.sources.checking import Check
from solakube_regtool.sources.data import DataSource
from solakube_regtool.sources.opening import require_repository
from solakube_regtool.storage.tree import Tag, Tree
from solakube_regtool.storage.untag import remove_tag, set_tag
from solakube_regtool.storage.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("reference", metavar="REPO:TAG")
    parser.add_argument("--at", type=float, metavar="SECONDS", help="what it pointed to then, by seconds since 1970")


def run(options: argparse.Namespace, out: Output) -> int:
    """Bring it back, and look whether all of its image is there."""
    tree, meant = Tree(options.data), references.read(options.reference)
    if not meant.tag or meant.digest or names.is_pattern(meant.tag):
        raise RegtoolError(f"{meant} names no tag", "", "name one: REPO:TAG")
    require_repository(DataSource(tree), meant.repository)
    before = tree.tag(meant.repository, meant.tag)
    version = wanted(tree, meant.repository, meant.tag, options.at)
    try:
        Workspace(tree).prepare()
        bring_back(tree, version)
        # It is looked at when the tag holds it: a collection puts back what it has moved away by now.
        _require_whole(tree, version, before)
    except OSError as error:
        raise failed(f"{meant} cannot be brought back", error) from error
    text = f"{meant} points to {version.digest} again"
    fields = {"repository": version.repository, "name": version.name, "digest": version.digest}
    out.record("undeleted", text, **fields, before=before.digest if before else None)
    return 0


def _require_whole(tree: Tree, version: Version, before: Tag | None) -> None:
    """Make sure that an image is whole, and undo what was done if it is not.

    Raises:
        RegtoolError: it is not.
    """
    faults = Check(DataSource(tree), deep=False).faults_of(version.repository, version.name)
    if not faults:
        return
    if before:
        set_tag(tree, version.repository, version.name, digests.parse(before.digest))
    else:
        remove_tag(tree, version.repository, version.name, version.digest, undoable=True)
    hint = "push the image again; if a collection is at work, try again when it has ended"
    raise RegtoolError(f"{version.repository}:{version.name} cannot be brought back", "; ".join(faults), hint)
