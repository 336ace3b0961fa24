"""Removing links, such that no push is let down: those to nothing, and those that their repository does not need.

A link to nothing would come to life if a push stored its blob anew. So it goes in three steps that follow one another
within microseconds: look, move it away, look again. Whoever links a blob has stored it before, and whoever relies on a
link has read it and then found its blob. So if by the second look the blob is absent and the link was not read, nobody
relies on it or is about to write it; otherwise it goes back at once.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator

from solakube_regtool.collect.barrier import Stamp, stamp
from solakube_regtool.collect.means import Means
from solakube_regtool.collect.moments import Moments
from solakube_regtool.collect.steps import Step
from solakube_regtool.oci import digests
from solakube_regtool.storage import files
from solakube_regtool.storage.links import Link
from solakube_regtool.storage.uploads import UNFINISHED

AWAY = f".solakube{UNFINISHED}"
"""Added to the name of a link that is moved away. It stays in its folder, which may be on another volume than ours."""


def remove_link(means: Means, link: Link, key: bytes, known: Stamp, alone: bool) -> Generator[Step, None, bool]:
    """Remove a link whose blob is absent.

    Args:
        means: what it works with.
        link: to remove.
        key: the blob that it leads to.
        known: the link's stamp when it was decided that nobody uses it.
        alone: no request is under way: none can be about to write into the link's folder, which then goes as well.

    Returns:
        False if it came into use and stays.

    Raises:
        OSError: the volume failed.
    """
    path = means.registry.link_path(link)
    away = path + AWAY
    means.journal.begin(path, digests.text(key))
    yield Step("look at the link and for its blob", alone=alone)
    if is_used(means, key, path, known):
        return False
    yield Step("move the link away", alone=alone, brisk=True)
    try:
        os.rename(path, away)
    except FileNotFoundError:
        return False
    yield Step("look at the link and for its blob again", alone=alone, brisk=True)
    if is_used(means, key, away, known):
        _put_back(away, path)
        return False
    files.remove(away)
    means.report.links += 1
    if alone:
        remove_empty(os.path.dirname(path))
    return True


def remove_unneeded(
    means: Means, link: Link, key: bytes, known: Stamp, moments: Moments
) -> Generator[Step, None, bool]:
    """Remove a link that leads to a blob which is there, and which its repository does not need.

    Whoever reads the link relies on it. So it is moved away at a moment without requests, is looked at again at once,
    and once more at the next such moment: a request that had opened it before is over by then. Who asks meanwhile is
    told that the blob is not here, and uploads it.

    Args:
        means: what it works with.
        link: to remove.
        key: the blob that it leads to.
        known: the link's stamp when it was decided that nobody uses it.
        moments: tells of requests.

    Returns:
        False if it came into use, or no such moment came, and it stays.

    Raises:
        OSError: the volume failed.
    """
    path = means.registry.link_path(link)
    away = path + AWAY
    yield from moments.wait()
    if not moments.alone:
        return False
    means.journal.begin(path, digests.text(key))
    yield Step("look at a link that nothing needs", alone=True)
    if is_touched(path, known):
        return False
    yield Step("move it away", alone=True, brisk=True)
    try:
        os.rename(path, away)
    except FileNotFoundError:
        return False
    yield Step("look at it again", alone=True, brisk=True)
    if not is_touched(away, known):
        yield from moments.wait()
        yield Step("look at it when all requests are over", alone=moments.alone)
        if moments.alone and not is_touched(away, known):
            files.remove(away)
            means.report.links += 1
            remove_empty(os.path.dirname(path))
            return True
    _put_back(away, path)
    return False


def is_used(means: Means, key: bytes, path: str, known: Stamp) -> bool:
    """Tell whether a link leads to its blob again, or was read or written since its stamp was taken.

    Args:
        means: what it works with.
        key: the blob.
        path: where the link is; it may have been moved.
        known: its stamp.
    """
    return is_touched(path, known) or means.registry.blob_size(key) is not None


def is_touched(path: str, known: Stamp) -> bool:
    """Tell whether a link was read, written or removed since its stamp was taken, wherever it is by now."""
    now = stamp(path)
    return now is None or now._replace(changed=known.changed) != known


def remove_empty(folder: str) -> None:
    """Remove the folder of a blob or link that is gone; a push may have made it anew, then it stays.

    Only while no request is under way: the registry makes a folder first and then writes into it.
    """
    with contextlib.suppress(OSError):
        os.rmdir(folder)


def recover(means: Means) -> None:
    """Put back the link that a run was removing when it was killed.

    Raises:
        OSError: the volume failed.
    """
    begun = means.journal.begun()
    if begun is None:
        return
    away = begun.path + AWAY
    found = means.registry.read_link(away)
    # After a power failure the journal may tell of another link than the one that lies there, whose blob is absent.
    if found is not None and digests.text(found) == begun.target:
        _put_back(away, begun.path)


def _put_back(away: str, home: str) -> None:
    """Move a link back, unless a push has made it anew, or the tag that it belongs to is gone with all its links."""
    with contextlib.suppress(FileExistsError, FileNotFoundError):
        os.link(away, home)
    files.remove(away)
