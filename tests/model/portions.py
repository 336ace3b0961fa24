"""Collections of a few blobs that go to work as those of a million do: portion by portion."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest import mock

from solakube_regtool.collect import living, sweep


@contextlib.contextmanager
def portions_of(examined: int, away: int) -> Iterator[None]:
    """Have work divided otherwise than usual.

    Args:
        examined: so many candidates are examined at a time; 0 for as many as usual.
        away: manifests are looked at when so many blobs are away; 0 for as many as usual.
    """
    with contextlib.ExitStack() as patched:
        if examined:
            patched.enter_context(mock.patch.object(living, "slice_size", return_value=examined))
        if away:
            patched.enter_context(mock.patch.object(sweep, "LOOKED_AFTER", away))
        yield
