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

from solakube_regtool import digests, retention
from solakube_regtool.errors import RegtoolError
from solakube_regtool.output import Output
from solakube_regtool.owners import reached_by
from solakube_regtool.probe import probe
from solakube_regtool.tree import Tag, Tree
from solakube_regtool.untag import delete_tag
from solakube_regtool.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--yes", action="store_true", help="delete; without it is only told what would be")


def run(options: argparse.Namespace, out: Output) -> int:
    """Decide about every tag first, then delete."""
    rules, held = _policy(sys.stdin.read())
    tree = Tree(options.data)
    if any(rule.not_pulled_for is not None for rule in rules):
        _require_access_times(tree)
    doomed = [tag for repository in tree.repositories() for tag in _decide(tree, repository, rules, held, out)]
    for tag in doomed:
        if options.yes:
            delete_tag(tree, tag)
        verb = "deleted" if options.yes else "would delete"
        fields = {"repository": tag.repository, "name": tag.name, "digest": tag.digest, "dry_run": not options.yes}
        out.record("deleted", f"{verb} {tag.repository}:{tag.name}", **fields)
    return 0


def _policy(text: str) -> tuple[list[retention.Rule], Mapping[str, Sequence[str]]]:
    try:
        document = json.loads(text)
        rules = [retention.rule(entry) for entry in document["rules"]]
        held: Mapping[str, Sequence[str]] = document["held"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        hint = 'send {"rules": [...], "held": {}}'
        raise RegtoolError("the retention policy cannot be read", str(error), hint) from error
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
) -> list[Tag]:
    """Give the tags of a repository that go, and tell which would but for their holders."""
    rule = next((rule for rule in rules if fnmatch.fnmatchcase(repository, rule.repositories)), None)
    if rule is None:
        return []
    tags = sorted(tree.tags(repository), key=lambda tag: tag.name)
    reasons = retention.kept(rule, tags, time.time())
    doomed = []
    for tag in tags:
        if tag in reasons:
            continue
        holders = _holders(tree, tag, held)
        if holders:
            fields = {"repository": repository, "name": tag.name, "digest": tag.digest, "holders": holders}
            out.record("held", f"keep {repository}:{tag.name}, held by {', '.join(holders)}", **fields)
        else:
            doomed.append(tag)
    return doomed


def _holders(tree: Tree, tag: Tag, held: Mapping[str, Sequence[str]]) -> list[str]:
    """By tag, by digest, or by the digest of one platform."""
    names = [f"{tag.repository}:{tag.name}", *(digests.text(key) for key in reached_by(tree, tag.digest))]
    return sorted({holder for name in names for holder in held.get(name, ())})
