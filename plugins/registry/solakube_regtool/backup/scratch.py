"""A backup laid out as a registry's data, so that a registry can be started on it."""

from __future__ import annotations

import os
from typing import NamedTuple

from solakube_regtool.backup.target import Target
from solakube_regtool.storage.links import LAYERS, REVISIONS, Link
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.untag import set_tag, write_link


class LaidOut(NamedTuple):
    """What was laid out: the numbers of repositories and tags."""

    repositories: int
    tags: int


def lay_out(target: Target, moment: str, folder: str) -> LaidOut:
    """Write the links of a backup; its blobs stay where they are, and a link leads to them.

    Args:
        target: where the backup is.
        moment: its name.
        folder: an empty one.

    Raises:
        RegtoolError: the backup cannot be read.
        OSError: the folder cannot be written.
    """
    scratch = Tree(folder)
    os.makedirs(f"{scratch.root}/repositories")
    os.symlink(f"{target.tree.root}/blobs", f"{scratch.root}/blobs")
    repositories = tags = 0
    for one in target.read(moment):
        repositories += 1
        for kind in (LAYERS, REVISIONS):
            for key, linked in one.links[kind].items():
                write_link(scratch.link_path(Link(one.repository, kind, key)), linked.target)
        for name, tag in one.tags.items():
            tags += 1
            set_tag(scratch, one.repository, name, tag.key)
    return LaidOut(repositories, tags)
