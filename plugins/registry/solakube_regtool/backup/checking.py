"""A backup as the registry that it would be restored to, without one being started."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator

from solakube_regtool.backup.scratch import lay_out
from solakube_regtool.backup.target import Target
from solakube_regtool.errors import RegtoolError
from solakube_regtool.sources.data import DataSource
from solakube_regtool.storage.tree import Tree

_WEEK = 7 * 86400


@contextlib.contextmanager
def as_registry(target: Target, moment: str) -> Iterator[DataSource]:
    """Lay a backup out beside its blobs; nobody else changes these meanwhile.

    Args:
        target: where the backup is.
        moment: its name.

    Raises:
        RegtoolError: the backup cannot be read, or somebody else works there.
        OSError: the target cannot be written.
    """
    scratch = f"{target.folder}/scratch"
    with target.changing():
        # What a run that was killed left.
        if os.path.isdir(scratch):
            shutil.rmtree(scratch)
        try:
            made = lay_out(target, moment, scratch)
            source = DataSource(Tree(scratch))
            if made.tags != sum(1 for name in source.repositories() for _ in source.tag_names(name)):
                raise RegtoolError(f"the backup {moment} does not give all of its tags back", "", "take another one")
            yield source
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def is_due(target: Target) -> bool:
    """Tell whether none of the backups was looked at for a week, or the one that was so last is damaged."""
    known = [proof for name in target.names() if (proof := target.proof(name))]
    last = max(known, key=lambda proof: float(proof["at"]), default=None)
    return last is None or bool(last["damaged"]) or last["at"] < time.time() - _WEEK
