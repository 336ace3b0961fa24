"""What the collector's parts work with."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from dataclasses import dataclass

from solakube_regtool.collect.activity import Activity
from solakube_regtool.collect.barrier import Clock
from solakube_regtool.collect.journal import Journal
from solakube_regtool.collect.report import Options, Progress, Report
from solakube_regtool.collect.trash import Trash
from solakube_regtool.errors import RegtoolError
from solakube_regtool.storage.leases import Leases
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.workspace import Workspace

_OF_ONE_ENTRY = frozenset((errno.EACCES, errno.EPERM, errno.EBUSY, errno.EIO, getattr(errno, "EUCLEAN", 117)))
"""It belongs to somebody else, is marked immutable, or lies where the disk or the file system is damaged."""


@dataclass(frozen=True)
class Means:
    """What the collector's parts work with.

    Attributes:
        registry: the tree.
        workspace: the collector's own place.
        trash: where blobs go.
        journal: for the removal of links.
        activity: tells when the registry is idle.
        clock: tells the time.
        options: how to collect.
        report: what was done is added to it.
        progress: told how far it is.
    """

    registry: Tree
    workspace: Workspace
    trash: Trash
    journal: Journal
    activity: Activity
    clock: Clock
    options: Options
    report: Report
    progress: Progress

    def is_held(self) -> bool:
        """Tell whether somebody holds deletions by now: then nothing more is to go."""
        return bool(Leases(self.registry).held())

    @contextlib.contextmanager
    def tolerated(self) -> Iterator[None]:
        """Let one entry be as it is that cannot be moved or deleted; the report names it, and the run goes on.

        A volume that is full or fails as a whole is another matter.
        """
        try:
            yield
        except OSError as error:
            if error.errno not in _OF_ONE_ENTRY:
                raise
            self.report.failures.append(f"{error.filename}: {error.strerror}")


def require_not_held(means: Means) -> None:
    """Make sure that nobody holds deletions. Not before the run's lock is taken: whoever holds them waits for that.

    Raises:
        HeldError: somebody does.
        OSError: it cannot be known.
    """
    Leases(means.registry).require_none()


def require_no_cache(means: Means) -> None:
    """Make sure that the registry asks its volume which blobs there are, as far as its metrics tell.

    Raises:
        RegtoolError: it remembers them: it would leave those out of a push that are freed here.
    """
    if means.activity.has_cache():
        why = "its metrics tell of a cache of blobs (storage.cache): pushes would leave out what is freed"
        raise RegtoolError("the registry does not ask its volume", why, "take the cache out of its configuration")
