"""`forget-untagged`: drop the links to manifests that nothing reaches, before distribution's own collector runs.

Distribution's option --delete-untagged is not used for it: 2.8 takes the children of living indexes along.
"""

from __future__ import annotations

import argparse
import os
import shutil
import time
from collections.abc import Iterator

from solakube_regtool.alive.mark import mark
from solakube_regtool.errors import RegtoolError
from solakube_regtool.output import Output
from solakube_regtool.storage.tree import REVISIONS, Link, Tree


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(options: argparse.Namespace, out: Output) -> int:
    """Drop them. Only for a registry that is read-only: a push could be about to name one of them."""
    tree = Tree(options.data)
    count = 0
    for link in unreached(tree):
        try:
            shutil.rmtree(os.path.dirname(tree.link_path(link)))
        except OSError as error:
            raise RegtoolError(f"the manifest {link.digest} of {link.repository} stays", str(error)) from error
        count += 1
    out.record("forgotten", f"{count} manifests without a tag forgotten", manifests=count)
    return 0


def unreached(tree: Tree) -> Iterator[Link]:
    """Give the links to manifests that neither a tag nor anything living reaches."""
    # A future moment: no manifest counts as pushed lately.
    marked = mark(tree, untagged_since=time.time() + 86400)
    for repository in tree.repositories():
        for link in list(tree.links(repository, REVISIONS)):
            target = tree.resolve(link)
            if target is not None and target not in marked.reached:
                yield link
