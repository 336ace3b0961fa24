"""What a backup is taken from: a data folder or a bucket."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager

from solakube_regtool.backup.origin import TreeOrigin, opened_tree
from solakube_regtool.collect.holding import deletions_held
from solakube_regtool.sources.opening import open_data


def opened(options: argparse.Namespace, lease: str) -> AbstractContextManager[TreeOrigin]:
    """Open the registry, of which nothing is freed meanwhile.

    Args:
        options: of the program.
        lease: the name by which deletions are held.
    """
    tree = open_data(options).tree
    if not options.bucket:
        return opened_tree(tree, deletions_held(tree, lease))
    # Imported here: a registry on a volume needs none of it.
    from solakube_regtool.objects import holding
    from solakube_regtool.sources.bucket import open_bucket

    return opened_tree(tree, holding.deletions_held(lambda: open_bucket(options.bucket).place, lease))
