"""`usage` and `usage REPO`: who takes how much of the blob store.

Every stored byte is counted once: unique (one repository alone reaches its blob), shared (several do) or unreferenced
(none does, a collection frees it). The three add up to the blob store's size.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter

from solakube_regtool import durations, names
from solakube_regtool.output import Output
from solakube_regtool.owners import SHARED, Owners, find_owners, reached_by
from solakube_regtool.tree import Tag, Tree

_NOBODY = -2
"""Stands for no repository, beside the index of one and SHARED."""

NO_ACCESS_TIMES = "when a tag was last pulled is not known: the volume is mounted noatime and keeps no access times"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("repository", nargs="?", metavar="REPO", help="show the tags of this repository")
    parser.add_argument("--grace", default="1h", metavar="AGE", help="untagged manifests this young count as in use")


def run(options: argparse.Namespace, out: Output) -> int:
    """Print the bytes of each repository and of the whole, or of each tag of one repository."""
    tree = Tree(options.data)
    wanted = names.check_repository(options.repository) if options.repository else None
    if wanted and not tree.has_repository(wanted):
        raise names.unknown("repository", wanted, tree.repositories())
    kept = keeps_access_times(tree)
    owners = find_owners(tree, time.time() - durations.seconds(options.grace))
    if wanted:
        _show_tags(tree, owners, wanted, kept, out)
    else:
        _show_all(tree, owners, kept, out)
    if not kept:
        out.progress(NO_ACCESS_TIMES)
    return 0


def keeps_access_times(tree: Tree) -> bool:
    """Tell whether the volume is mounted such that reading a file may leave a trace."""
    try:
        return not os.statvfs(tree.data).f_flag & getattr(os, "ST_NOATIME", 0)
    except OSError:
        return False


def _show_all(tree: Tree, owners: Owners, kept: bool, out: Output) -> None:
    unique: Counter[int] = Counter()
    for key in tree.blob_keys():
        unique[owners.by_key.get(key, _NOBODY)] += tree.blob_size(key) or 0
    for index, repository in enumerate(owners.repositories):
        tags = list(tree.tags(repository))
        pulled = max((tag.pulled for tag in tags if tag.pulled), default=None) if kept else None
        fields = {"repository": repository, "tags": len(tags)}
        _record(out, "usage", repository, unique[index], owners.shared[index], pulled, **fields)
    _show_total(tree, owners, unique, kept, out)


def _show_total(tree: Tree, owners: Owners, unique: Counter[int], kept: bool, out: Output) -> None:
    stored, shared, unreferenced = sum(unique.values()), unique[SHARED], unique[_NOBODY]
    alone = stored - shared - unreferenced
    uploads = sum(upload.size for name in owners.repositories for upload in tree.uploads(name))
    free = _free(tree)
    text = f"total {stored}: unique {alone}, shared {shared}, unreferenced {unreferenced}; uploads {uploads}"
    out.record(
        "usage-total",
        text + ("" if free is None else f"; free {free}"),
        stored=stored,
        unique=alone,
        shared=shared,
        unreferenced=unreferenced,
        uploads=uploads,
        free=free,
        keeps_access_times=kept,
    )


def _show_tags(tree: Tree, owners: Owners, repository: str, kept: bool, out: Output) -> None:
    """Unique to a tag is what neither another tag of its repository nor another repository reaches."""
    index = owners.repositories.index(repository)
    tags: list[Tag] = sorted(tree.tags(repository), key=lambda tag: tag.name)
    counted = Counter(key for tag in tags for key in reached_by(tree, tag.digest))
    for tag in tags:
        unique = shared = 0
        for key in reached_by(tree, tag.digest):
            size = tree.blob_size(key) or 0
            if counted[key] == 1 and owners.by_key.get(key) == index:
                unique += size
            else:
                shared += size
        pulled = tag.pulled if kept else None
        fields = {"repository": repository, "name": tag.name, "digest": tag.digest, "pushed": tag.pushed}
        _record(out, "usage-tag", tag.name, unique, shared, pulled, **fields)


def _record(
    out: Output, kind: str, label: str, unique: int, shared: int, pulled: float | None, **fields: object
) -> None:
    last = "-" if pulled is None else time.strftime("%Y-%m-%d", time.gmtime(pulled))
    text = f"{label} {unique + shared} unique {unique} shared {shared} pulled {last}"
    out.record(kind, text, size=unique + shared, unique=unique, shared=shared, pulled=pulled, **fields)


def _free(tree: Tree) -> int | None:
    try:
        status = os.statvfs(tree.data)
    except OSError:
        return None
    return status.f_bavail * status.f_frsize
