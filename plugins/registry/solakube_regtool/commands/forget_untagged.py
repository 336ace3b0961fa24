"""`forget-untagged`: drop the links to manifests that nothing reaches, before distribution's own collector runs.

Distribution's option --delete-untagged is not used for it: 2.8 takes the children of living indexes along.
"""

from __future__ import annotations

import argparse
import os
import shutil
import time
from collections.abc import Container, Iterator

from solakube_regtool import durations
from solakube_regtool.alive import held
from solakube_regtool.alive.mark import mark
from solakube_regtool.alive.rules import Rules, since
from solakube_regtool.commands import alive_options
from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import digests
from solakube_regtool.output import Output
from solakube_regtool.storage.deletions import Deleted
from solakube_regtool.storage.leases import Leases
from solakube_regtool.storage.links import REVISIONS, Link
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.untag import remove_tag
from solakube_regtool.storage.workspace import Workspace
from solakube_regtool.wording import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    alive_options.add_untagged_grace(parser)
    alive_options.add_undo_period(parser)
    alive_options.add_holders(parser)


def run(options: argparse.Namespace, out: Output) -> int:
    """Drop them. Only for a registry that is read-only: a push could be about to name one of them."""
    tree = Tree(options.data)
    Leases(tree).require_none()
    Workspace(tree).prepare()
    count = 0
    # A future moment: what was used lately is not spared, since nobody can push.
    now = time.time()
    used, unnamed_since = since(now + 86400), now - durations.seconds(options.untagged_grace)
    holders, undo_since = held.keys(alive_options.read_held(options)), alive_options.undo_since(options, now)
    marked = mark(tree, Rules(used, unnamed_since, holders, options.keep_untagged, undo_since))
    forgotten = list(unreached(tree, marked.reached))
    _require_understood(tree, {link.key for link in forgotten}, marked.reached)
    for tag in marked.orphans:
        remove_tag(tree, tag.repository, tag.name, digests.text(tag.key))
    for link in forgotten:
        try:
            shutil.rmtree(os.path.dirname(tree.link_path(link)))
        except OSError as error:
            raise RegtoolError(f"the manifest {link.digest} of {link.repository} stays", str(error)) from error
        count += 1
    Deleted(tree).expire(min(undo_since, now))
    out.record("forgotten", f"{counted(count, 'manifest')} without a tag forgotten", manifests=count)
    return 0


def unreached(tree: Tree, reached: Container[bytes]) -> Iterator[Link]:
    """Give the links to manifests that neither a tag nor anything living reaches."""
    for repository in tree.repositories():
        for link in list(tree.links(repository, REVISIONS)):
            target = tree.resolve(link)
            if target is not None and target not in reached:
                yield link


def _require_understood(tree: Tree, forgotten: Container[bytes], needed: set[bytes]) -> None:
    """Make sure that distribution's collector keeps all that is needed. It keeps what the linked manifests name.

    It knows no blob by another algorithm's digest, and believes a manifest's file whatever is in it.

    Args:
        tree: the registry's.
        forgotten: keys of the manifests that will not be linked.
        needed: keys of all that must stay; emptied on the way, since there may be millions.

    Raises:
        RegtoolError: it would free something.
    """
    for repository in tree.repositories():
        for link in tree.links(repository, REVISIONS):
            target = None if link.key in forgotten else tree.resolve(link)
            found = tree.manifest_of(target, noted=False) if target else None
            needed.difference_update([link.key, *(part.key for part in (found.parts if found else ()))])
    lost = sorted(key for key in needed if digests.is_canonical(key) and tree.blob_size(key) is not None)
    if lost:
        what = f"distribution's own collector would free {counted(len(lost), 'blob')} that must stay"
        why = f"such as {digests.text(lost[0])}: named by another digest than sha256, or by what cannot be read"
        raise RegtoolError(what, why, "collect without --offline; `sk registry fsck --deep` names what is damaged")
