"""`prune`: delete the tags that a policy does not keep and nobody holds.

Standard input is JSON: {"rules": [...], "held": {"REPO:TAG" or "sha256:...": ["who", ...]}}. The first rule whose
pattern a repository matches counts for it; a repository that none matches is left alone.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
import time
from collections.abc import Sequence

from solakube_regtool.alive.held import by_all_names, checked
from solakube_regtool.collect.probe import probe
from solakube_regtool.errors import RegtoolError
from solakube_regtool.output import Output
from solakube_regtool.retention.decision import Held, Verdict, decide
from solakube_regtool.retention.rules import Rule
from solakube_regtool.retention.rules import rule as read_rule
from solakube_regtool.retention.several_names import links_first, with_all_names
from solakube_regtool.sources.data import DataSource
from solakube_regtool.sources.opening import open_data
from solakube_regtool.storage import files
from solakube_regtool.storage.last_run import noted
from solakube_regtool.storage.tree import Tag, Tree
from solakube_regtool.storage.workspace import Workspace
from solakube_regtool.wording import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--yes", action="store_true", help="delete; without it is only told what would be")


def run(options: argparse.Namespace, out: Output) -> int:
    """Decide about every tag first, then delete."""
    source, policy = open_data(options), sys.stdin.read()
    if options.yes:
        delete_unkept(source, policy, out)
        return 0
    for tag in _decide_all(source.tree, policy, out)[0]:
        _tell(out, "would delete", tag)
    return 0


def delete_unkept(source: DataSource, policy: str, out: Output) -> None:
    """Delete what the policy does not keep, and remember how it went.

    Args:
        source: the registry.
        policy: as standard input has it.
        out: where to tell it.

    Raises:
        RegtoolError: the policy is none, or a tag cannot be deleted.
        OSError: the volume failed.
    """
    with noted(source.tree, "prune", out) as noting:
        doomed, held = _decide_all(source.tree, policy, out)
        for tag in source.each(lambda tag: _deleted(source, tag), doomed):
            _tell(out, "deleted", tag)
        noting.sentence = f"deleted {counted(len(doomed), 'tag')}, kept {held} that are held"
        noting.figures = {"deleted_tags": len(doomed), "held_tags": held}


def _deleted(source: DataSource, tag: Tag) -> Tag:
    source.delete(tag)
    return tag


def _tell(out: Output, verb: str, tag: Tag) -> None:
    fields = {"repository": tag.repository, "name": tag.name, "digest": tag.digest, "dry_run": verb != "deleted"}
    out.record("deleted", f"{verb} {tag.repository}:{tag.name}", **fields)


def _decide_all(tree: Tree, policy: str, out: Output) -> tuple[list[Tag], int]:
    """Give the tags that go, and how many would but for their holders; tell why the others stay."""
    rules, held = _policy(policy)
    if any(rule.not_pulled_for is not None for rule in rules):
        _require_access_times(tree)
    repositories = list(tree.repositories())
    verdicts = [verdict for repository in repositories for verdict in _decide(tree, repository, rules, held)]
    if not tree.pulls_known and any(rule.not_pulled_for is not None for rule in rules):
        why = "the files belong to another user: others' reads cannot be told from those of maintenance"
        remedy = "have the registry's files belong to the user of the maintenance program, or leave not_pulled_for out"
        raise RegtoolError("not_pulled_for cannot be judged", why, remedy)
    verdicts = with_all_names(tree, repositories, verdicts)
    for tag, why, holders in verdicts:
        if why:
            fields = {"repository": tag.repository, "name": tag.name, "digest": tag.digest, "holders": holders}
            text = f"keep {tag.repository}:{tag.name}, {why}" if holders else ""
            out.record("held" if holders else "kept", text, why=why, **fields)
    return links_first(tree, [tag for tag, why, _ in verdicts if not why]), sum(
        bool(holders) for _, _, holders in verdicts
    )


def _decide(tree: Tree, repository: str, rules: Sequence[Rule], held: Held) -> list[Verdict]:
    rule = next((rule for rule in rules if fnmatch.fnmatchcase(repository, rule.repositories)), None)
    return decide(tree, repository, rule, held, time.time()) if rule else []


def _policy(text: str) -> tuple[list[Rule], Held]:
    try:
        document = json.loads(text)
        rules = [read_rule(entry) for entry in document["rules"]]
        held: Held | None = None if document["held"] is None else by_all_names(checked(document["held"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        hint = 'send {"rules": [...], "held": {}}'
        raise RegtoolError("the retention policy cannot be read", str(error), hint) from error
    if held is None:
        why = "the cluster did not tell which images it names"
        raise RegtoolError("no tag is deleted", why, "see why it could not be asked, and let it be listed")
    if not rules:
        raise RegtoolError("there is no retention rule", "", "set REGISTRY_RETENTION_KEEP_LAST, or give a policy file")
    return rules, held


def _require_access_times(tree: Tree) -> None:
    if tree.place is not files:
        why = "an object storage keeps no access times"
        raise RegtoolError("not_pulled_for cannot be judged", why, "leave it out")
    workspace = Workspace(tree)
    try:
        workspace.prepare()
        found = probe(workspace)
    except OSError as error:
        raise RegtoolError("it cannot be found out whether the volume keeps access times", str(error)) from error
    if not found.keeps_access_times:
        remedy = "mount the volume with relatime, or leave not_pulled_for out"
        raise RegtoolError("not_pulled_for cannot be judged: the volume keeps no access times", found.how, remedy)
