"""`restore TARGET [REPO[:TAG]]`: bring back what a backup holds, into a registry at work or an empty one."""

from __future__ import annotations

import argparse

from solakube_regtool.backup.restoring import restore, select
from solakube_regtool.backup.target import Target
from solakube_regtool.commands.backup import throttled
from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import names, references
from solakube_regtool.output import Output
from solakube_regtool.storage.tree import Tree


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("target", metavar="TARGET", help="the folder of the backups")
    parser.add_argument("reference", nargs="?", metavar="REPO[:TAG]", help="all unless named")
    parser.add_argument("--moment", metavar="NAME", help="which backup; the latest unless named")
    parser.add_argument("--dry-run", action="store_true", help="tell what the backup has of it; change nothing")


def run(options: argparse.Namespace, out: Output) -> int:
    """Bring it back, and tell of each tag what came of it; 1 where one cannot be."""
    tree, target = Tree(options.data), Target(options.target)
    repository, tag = _wanted(options.reference)
    moment = target.choose(options.moment)
    # One that is cut off is refused before anything is changed.
    target.summary(moment)
    wanted = select(target, moment, repository, tag)
    if options.dry_run:
        for one in wanted:
            for name in sorted(one.tags):
                image, digest = f"{one.repository}:{name}", one.manifest_of(name)
                out.record("restored", f"would restore {image}", image=image, digest=digest, done="", failed=False)
        return 0
    failures = 0
    for made in restore(tree, target.tree, wanted, throttled(out)):
        failures += made.failed
        out.record("restored", f"{made.image}: {made.done}", **made._asdict(), failed=made.failed)
    return 1 if failures else 0


def _wanted(text: str | None) -> tuple[str, str]:
    if text is None:
        return "", ""
    meant = references.read(text)
    if meant.digest or names.is_pattern(meant.repository) or names.is_pattern(meant.tag):
        raise RegtoolError(f"{text} names neither a repository nor a tag", "", "name REPO or REPO:TAG")
    return meant.repository, meant.tag
