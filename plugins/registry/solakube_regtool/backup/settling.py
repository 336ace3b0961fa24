"""Bringing a restored registry's tags to the moment of the list that its copy holds: see `walks`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Container, Iterator

from solakube_regtool.backup.references import References
from solakube_regtool.backup.restoring import Restored, absent, bring_back, outlook, unobtainable
from solakube_regtool.backup.taking import Progress
from solakube_regtool.backup.walks import Waiting, moments_of, waiting
from solakube_regtool.collect.holding import deletions_held
from solakube_regtool.errors import RegtoolError
from solakube_regtool.storage.deletions import Deleted
from solakube_regtool.storage.leases import Leases
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.untag import remove_tag

_LEASE = "restore-check"


def due(registry: Tree) -> Waiting:
    """Return the list that the registry's tags are to be brought to.

    Raises:
        RegtoolError: there is none, its backup is at work, or it is cut off.
        OSError: the data cannot be read.
    """
    found = waiting(registry)
    if found:
        # One that is cut off is refused before anything is changed.
        moments_of(registry, found[-1].lease).summary(found[-1].moment)
        return found[-1]
    for lease in Leases(registry).held():
        if moments_of(registry, lease.name).names():
            raise RegtoolError("this registry was not restored", str(lease), "wait for the end of that backup")
    why = "it was not restored from a backup of its files, or that began without `hold`, or all was done before"
    raise RegtoolError("the data holds no list of references", why, "`fsck` tells which images are whole")


def settle(registry: Tree, listed: Waiting, progress: Progress, dry_run: bool) -> Iterator[Restored]:
    """Have each tag point to what the list says, with its links; others are put away, as if they were deleted.

    Those that point there already get the times that they had.

    Nothing is lost: what a tag pointed to, and what was put away, can be brought back for as long as after a move and
    a deletion. Killed, it may be run again.

    Args:
        registry: the tree.
        listed: the list.
        progress: told what is done next.
        dry_run: change nothing.

    Raises:
        RegtoolError: the same is done already, or a collection is at work.
        OSError: the registry cannot be written.
    """
    known: set[str] = set()
    with _held(registry, dry_run) as require_held:
        for one in moments_of(registry, listed.lease).read(listed.moment):
            progress(f"looking at {one.repository}")
            known.add(one.repository)
            if dry_run:
                lost = unobtainable(one, set(absent(registry, one)))
                yield from (outlook(registry, registry, one, name, lost) for name in one.tags)
            else:
                yield from bring_back(registry, registry, one, progress, require_held)
                _set_times(registry, one)
            yield from _put_away(registry, one.repository, one.tags, dry_run)
        for repository in registry.repositories():
            if repository not in known:
                yield from _put_away(registry, repository, (), dry_run)


def _set_times(registry: Tree, one: References) -> None:
    """Have tags count as pushed and pulled when they were: few programs bring back when a file was last read."""
    for name, tag in one.tags.items():
        path = f"{registry.tag_path(one.repository, name)}/current/link"
        status = registry.place.status(path)
        if status and status.st_mtime_ns == tag.times.modified:
            os.utime(path, ns=(tag.times.accessed, tag.times.modified))


def _held(registry: Tree, dry_run: bool) -> contextlib.AbstractContextManager[Callable[[], None]]:
    return contextlib.nullcontext(lambda: None) if dry_run else deletions_held(registry, _LEASE)


def _put_away(registry: Tree, repository: str, known: Container[str], dry_run: bool) -> Iterator[Restored]:
    for name in sorted(registry.tag_folders(repository)):
        if name in known:
            continue
        tag = registry.tag(repository, name)
        digest = tag.digest if tag else ""
        if tag and not dry_run and not remove_tag(registry, repository, name, digest, undoable=True):
            # A push has moved it just now.
            continue
        if not tag and not dry_run:
            # Its link was being written when the walk met it.
            Deleted(registry).bury(repository, name, registry.tag_path(repository, name))
        yield Restored(f"{repository}:{name}", digest, "put away")
