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
from collections.abc import Mapping, Sequence

from solakube_regtool.alive.owners import reached_by
from solakube_regtool.collect.probe import probe
from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import digests
from solakube_regtool.output import Output
from solakube_regtool.retention import rules as retention
from solakube_regtool.storage.last_run import noted
from solakube_regtool.storage.tree import Tag, Tree
from solakube_regtool.storage.untag import delete_tag
from solakube_regtool.storage.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--yes", action="store_true", help="delete; without it is only told what would be")


def run(options: argparse.Namespace, out: Output) -> int:
    """Decide about every tag first, then delete."""
    tree, policy = Tree(options.data), sys.stdin.read()
    if options.yes:
        delete_unkept(tree, policy, out)
        return 0
    for tag in _decide_all(tree, policy, out)[0]:
        _tell(out, "would delete", tag)
    return 0


def delete_unkept(tree: Tree, policy: str, out: Output) -> None:
    """Delete what the policy does not keep, and remember how it went.

    Args:
        tree: the registry's.
        policy: as standard input has it.
        out: where to tell it.

    Raises:
        RegtoolError: the policy is none, or a tag cannot be deleted.
        OSError: the volume failed.
    """
    with noted(tree, "prune", out) as noting:
        doomed, held = _decide_all(tree, policy, out)
        for tag in doomed:
            delete_tag(tree, tag)
            _tell(out, "deleted", tag)
        noting.sentence = f"deleted {len(doomed)} tags, kept {held} that are held"
        noting.figures = {"deleted_tags": len(doomed), "held_tags": held}


def _tell(out: Output, verb: str, tag: Tag) -> None:
    fields = {"repository": tag.repository, "name": tag.name, "digest": tag.digest, "dry_run": verb != "deleted"}
    out.record("deleted", f"{verb} {tag.repository}:{tag.name}", **fields)


def _decide_all(tree: Tree, policy: str, out: Output) -> tuple[list[Tag], int]:
    """Give the tags that go, and how many would but for their holders."""
    rules, held = _policy(policy)
    if any(rule.not_pulled_for is not None for rule in rules):
        _require_access_times(tree)
    decided = [_decide(tree, repository, rules, held, out) for repository in tree.repositories()]
    return [tag for doomed, _ in decided for tag in doomed], sum(kept for _, kept in decided)


def _policy(text: str) -> tuple[list[retention.Rule], Mapping[str, Sequence[str]]]:
    try:
        document = json.loads(text)
        rules = [retention.rule(entry) for entry in document["rules"]]
        held: Mapping[str, Sequence[str]] | None = document["held"]
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
    workspace = Workspace(tree)
    try:
        workspace.prepare()
        found = probe(tree, workspace, None)
    except OSError as error:
        raise RegtoolError("it cannot be found out whether the volume keeps access times", str(error)) from error
    if not found.keeps_access_times:
        remedy = "mount the volume with relatime, or leave not_pulled_for out"
        raise RegtoolError("not_pulled_for cannot be judged: the volume keeps no access times", found.how, remedy)


def _decide(
    tree: Tree, repository: str, rules: Sequence[retention.Rule], held: Mapping[str, Sequence[str]], out: Output
) -> tuple[list[Tag], int]:
    """Give the tags of a repository that go, and tell and count those that would but for their holders."""
    rule = next((rule for rule in rules if fnmatch.fnmatchcase(repository, rule.repositories)), None)
    if rule is None:
        return [], 0
    tags = sorted(tree.tags(repository), key=lambda tag: tag.name)
    reasons = retention.kept(rule, tags, time.time())
    doomed, kept = [], 0
    for tag in tags:
        if tag in reasons:
            continue
        holders = _holders(tree, tag, held)
        if holders:
            fields = {"repository": repository, "name": tag.name, "digest": tag.digest, "holders": holders}
            out.record("held", f"keep {repository}:{tag.name}, held by {', '.join(holders)}", **fields)
            kept += 1
        else:
            doomed.append(tag)
    return doomed, kept


def _holders(tree: Tree, tag: Tag, held: Mapping[str, Sequence[str]]) -> list[str]:
    """By tag, by digest, or by the digest of one platform."""
    names = [f"{tag.repository}:{tag.name}", *(digests.text(key) for key in reached_by(tree, tag.digest))]
    return sorted({holder for name in names for holder in held.get(name, ())})
