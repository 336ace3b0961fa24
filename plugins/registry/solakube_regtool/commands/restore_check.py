"""`restore-check`: bring a restored registry's tags to the moment of its backup, and say what is missing."""

from __future__ import annotations

import argparse
from collections import Counter

from solakube_regtool.backup.settling import due, settle
from solakube_regtool.backup.walks import Waiting, forget_waiting
from solakube_regtool.commands.backup import throttled
from solakube_regtool.output import Output
from solakube_regtool.storage.last_run import noted
from solakube_regtool.storage.tree import Tree
from solakube_regtool.wording import counted

_DAMAGED = "damaged"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--dry-run", action="store_true", help="tell what would be changed, and what is missing")


def run(options: argparse.Namespace, out: Output) -> int:
    """Bring them there, and tell of each tag that is changed or damaged; 1 where one is damaged."""
    tree = Tree(options.data)
    listed = due(tree)
    if options.dry_run:
        return 1 if _settled(tree, listed, out, dry_run=True)[_DAMAGED] else 0
    with noted(tree, "restore-check", out) as noting:
        done = _settled(tree, listed, out, dry_run=False)
        noting.success = not done[_DAMAGED]
        noting.sentence = _sentence(listed, done)
        noting.figures = {"damaged": done[_DAMAGED]}
    if done[_DAMAGED]:
        return 1
    forget_waiting(tree)
    return 0


def _settled(tree: Tree, listed: Waiting, out: Output, dry_run: bool) -> Counter[str]:
    done: Counter[str] = Counter()
    for one in settle(tree, listed, throttled(out), dry_run):
        done[_DAMAGED if one.failed else one.done] += 1
        if one.done != "there":
            out.record("restored", f"{one.image}: {one.done}", **one._asdict(), failed=one.failed)
    figures = {"there": done["there"], "set": done["made"] + done["set"], "put_away": done["put away"]}
    out.record("settled", _sentence(listed, done), moment=listed.moment, damaged=done[_DAMAGED], **figures)
    return done


def _sentence(listed: Waiting, done: Counter[str]) -> str:
    changed = f"{counted(done['made'] + done['set'], 'tag')} set, {done['put away']} put away"
    return f"{listed.moment}: {done['there']} as they were, {changed}, {done[_DAMAGED]} damaged"
