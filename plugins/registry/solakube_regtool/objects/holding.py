"""Holding deletions in a bucket, and waiting for the collection that is at work."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from solakube_regtool.collect.holding import PATIENCE
from solakube_regtool.collect.lock import BusyError
from solakube_regtool.objects.lock import LAPSE
from solakube_regtool.objects.run import Opened, recover
from solakube_regtool.storage.object_leases import ObjectLeases
from solakube_regtool.storage.tree import Tree

_LOOK = 1.0


@contextlib.contextmanager
def deletions_held(opened: Opened, name: str) -> Iterator[Callable[[], None]]:
    """Hold deletions while something is done with a bucket, all blobs of which are in their places.

    Args:
        opened: opens the bucket.
        name: what for, such as `backup`.

    Yields:
        Makes sure that they were held all the time; see `ObjectLeases.holding`.

    Raises:
        RegtoolError: somebody does the same already, a collection does not end, or the bucket failed.
    """
    place = opened()
    with ObjectLeases(Tree(place.data, place), place).holding(name) as require:
        await_collection(opened, PATIENCE)
        yield require


def hold(opened: Opened, name: str, seconds: float, patience: float) -> None:
    """Hold deletions for so many seconds, whatever becomes of this process; see `await_collection`.

    Raises:
        RegtoolError: a collection does not end, or that is no name. Nothing is held then.
    """
    place = opened()
    leases = ObjectLeases(Tree(place.data, place), place)
    leases.take(name, seconds)
    try:
        await_collection(opened, patience)
    except BaseException:
        leases.end(name)
        raise


def await_collection(opened: Opened, patience: float, lapse: float = LAPSE) -> None:
    """Wait for the collection that is at work; what one that was killed had taken away goes back.

    Args:
        opened: opens the bucket.
        patience: seconds to wait at most.
        lapse: see `lock.LAPSE`.

    Raises:
        BusyError: it still is at work.
        RegtoolError: the bucket failed.
    """
    end = time.monotonic() + patience
    while True:
        try:
            recover(opened, lapse)
        except BusyError:
            if time.monotonic() >= end:
                raise
        else:
            return
        time.sleep(min(_LOOK, patience))
