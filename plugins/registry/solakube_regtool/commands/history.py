"""`history REPO` and `history REPO:TAG`: what tags pointed to, and when."""

from __future__ import annotations

import argparse
import time

from solakube_regtool.errors import RegtoolError
from solakube_regtool.history.undeleting import is_stored
from solakube_regtool.history.versions import Version, tag_names, versions
from solakube_regtool.oci import names, references
from solakube_regtool.output import Output
from solakube_regtool.sources.opening import open_data, require_repository


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("reference", metavar="REPO | REPO:TAG", help="of all its tags, deleted ones too, or of one")


def run(options: argparse.Namespace, out: Output) -> int:
    """Print it, tag by tag, in order of time."""
    source, meant = open_data(options), references.read(options.reference)
    tree, repository = source.tree, require_repository(source, meant.repository)
    if meant.digest or names.is_pattern(meant.tag):
        raise RegtoolError(f"{meant} names no tag", "", "name a repository, or REPO:TAG")
    known = tag_names(tree, repository)
    if meant.tag and meant.tag not in known:
        raise names.unknown(f"tag of {repository} named", meant.tag, known)
    for name in [meant.tag] if meant.tag else known:
        for version in versions(tree, repository, name):
            _tell(version, is_stored(tree, version), out)
    return 0


def _tell(version: Version, stored: bool, out: Output) -> None:
    until = "now" if version.until is None else _moment(version.until)
    how = "" if version.until is None else ", deleted" if version.deleted else ", moved"
    gone = "" if stored else ", not stored any more"
    text = f"{version.repository}:{version.name} {version.digest} {_moment(version.since)} to {until}{how}{gone}"
    fields = {"repository": version.repository, "name": version.name, "digest": version.digest}
    moments = {"since": version.since, "until": version.until}
    out.record("version", text, **fields, **moments, deleted=version.deleted, stored=stored)


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
