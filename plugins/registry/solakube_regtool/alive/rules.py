"""What is alive besides what tags reach."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """What is alive besides what tags reach.

    Attributes:
        used: tells from the status of a manifest's link whether it may have been pushed or asked for within the
            grace period: whoever was told that a manifest is there relies on all that it names.
        unnamed_since: a manifest that was pushed later, and that neither a tag nor an index ever named, waits for
            the index that will; time stamp of its link, seconds since 1970.
        held: keys of the manifests that the cluster names.
        keep_untagged: every manifest stays, since it is not known what the cluster names.
        undo_since: what a tag pointed to until after this moment stays, though the tag was moved or deleted; time
            stamp, in seconds since 1970.
    """

    used: Callable[[os.stat_result], bool]
    unnamed_since: float = math.inf
    held: frozenset[bytes] = frozenset()
    keep_untagged: bool = False
    undo_since: float = math.inf

    @property
    def undoable(self) -> bool:
        """Whether any tag may be brought back."""
        return self.undo_since < math.inf


def since(moment: float) -> Callable[[os.stat_result], bool]:
    """Tell what was used as far as it left a trace.

    Args:
        moment: seconds since 1970.
    """
    return lambda link: max(link.st_mtime, link.st_atime) > moment
