"""Tags that have several names: in the registry's data a repository or a tag may be a link to another one.

Whoever takes such a tag away by one of its names takes it away by all of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from solakube_regtool.retention.decision import Verdict
from solakube_regtool.storage.links import TAGS
from solakube_regtool.storage.tree import Tag, Tree


def with_all_names(tree: Tree, repositories: Collection[str], verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Have a tag stay, and have it go once, if it stays by any of its names.

    Args:
        tree: the registry's.
        repositories: names of all.
        verdicts: about tags; of a repository without any, all tags stay.

    Raises:
        OSError: a folder cannot be read.
    """
    folders = {name: os.path.realpath(tree.links_folder(name, TAGS)) for name in repositories}
    staying = dict(_staying(tree, folders, verdicts))
    gone: set[str] = set()
    settled = []
    for verdict in verdicts:
        path = f"{folders[verdict.tag.repository]}/{verdict.tag.name}"
        if verdict.why:
            settled.append(verdict)
        elif path in staying:
            settled.append(verdict._replace(why=f"is {staying[path]}, too"))
        elif path not in gone:
            gone.add(path)
            settled.append(verdict)
    return settled


def links_first(tree: Tree, tags: Sequence[Tag]) -> list[Tag]:
    """Give tags in such an order that those which are links come before those that they lead to."""
    return sorted(tags, key=lambda tag: tag.name not in tree.linked_tags(tag.repository))


def _staying(tree: Tree, folders: Mapping[str, str], verdicts: Sequence[Verdict]) -> Iterator[tuple[str, str]]:
    """Give the folders of tags that stay, each with a name by which it does, as far as others may lead there."""
    several = {folder for folder, count in Counter(folders.values()).items() if count > 1}
    decided = {verdict.tag.repository for verdict in verdicts}
    kept = [(verdict.tag.repository, verdict.tag.name) for verdict in verdicts if verdict.why]
    kept += [(name, tag) for name in folders.keys() - decided for tag in tree.tag_folders(name)]
    for repository, tag in kept:
        leads_to = tree.linked_tags(repository).get(tag)
        if leads_to:
            yield os.path.dirname(os.path.dirname(leads_to)), f"{repository}:{tag}"
        if folders[repository] in several:
            yield f"{folders[repository]}/{tag}", f"{repository}:{tag}"
