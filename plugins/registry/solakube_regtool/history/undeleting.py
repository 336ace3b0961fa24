"""Having a tag point again to what it pointed to before."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

from solakube_regtool import wording
from solakube_regtool.errors import RegtoolError
from solakube_regtool.history.versions import Version, versions
from solakube_regtool.oci import digests, names
from solakube_regtool.storage.deletions import Deleted
from solakube_regtool.storage.links import REVISIONS, Link
from solakube_regtool.storage.tree import Tag, Tree
from solakube_regtool.storage.untag import remove_tag, set_tag
from solakube_regtool.storage.workspace import Workspace

_TAKEN = frozenset((errno.EEXIST, errno.ENOTEMPTY))


def wanted(registry: Tree, repository: str, name: str, at: float | None) -> Version:
    """Return what a tag is to point to again.

    Args:
        registry: the tree.
        repository: the repository's name.
        name: the tag.
        at: a moment, in seconds since 1970: what it pointed to then; None: what it pointed to last, before it was
            deleted or moved.

    Raises:
        RegtoolError: nothing is known of that, it points there already, or the image is gone.
        OSError: a folder cannot be read.
    """
    known = versions(registry, repository, name)
    current = next((version for version in known if version.until is None), None)
    found = _last(known, current) if at is None else _at(known, at)
    if found is None:
        raise _nothing(f"{repository}:{name}", known, at)
    if current and found.key == current.key:
        raise RegtoolError(f"{repository}:{name} points there already", found.digest)
    if not is_stored(registry, found):
        why = f"it pointed to {found.digest}, which is not here any more"
        hint = "push the image again; if a collection is at work, try again when it has ended"
        raise RegtoolError(f"{repository}:{name} cannot be brought back", why, hint)
    return found


def is_stored(registry: Tree, version: Version) -> bool:
    """Tell whether the manifest is there that a tag pointed to, and its repository has it."""
    link = Link(version.repository, REVISIONS, version.key)
    target = registry.resolve(link) if registry.link_status(link) else None
    return target is not None and registry.blob_size(target) is not None


def _last(known: Sequence[Version], current: Version | None) -> Version | None:
    ended = [version for version in known if version.until is not None and (not current or version.key != current.key)]
    return max(ended, key=lambda version: version.until or 0.0, default=None)


def _at(known: Sequence[Version], moment: float) -> Version | None:
    lasting = (version for version in known if version.since <= moment)
    return next((version for version in lasting if version.until is None or moment < version.until), None)


def _nothing(image: str, known: Sequence[Version], at: float | None) -> RegtoolError:
    if not known:
        why = "no such tag is there, nor was one deleted that can be brought back"
        return RegtoolError(f"nothing is known of {image}", why, "`history REPO` tells what is known")
    if at is None:
        return RegtoolError(f"{image} was neither deleted nor moved", "", "`history REPO` tells what is known")
    moment = wording.moment(at)
    hint = "`history REPO` tells what is known"
    return RegtoolError(f"it is not known what {image} pointed to at {moment}", "", hint)


def bring_back(registry: Tree, version: Version) -> None:
    """Have a tag point again to what it pointed to. That counts as a push at this moment.

    A deleted tag comes back with all that is known of it. Killed on the way, it points to what it pointed to last.

    Raises:
        RegtoolError: a push has made the tag meanwhile.
        OSError: the volume failed.
    """
    Workspace(registry).prepare()
    repository, name = version.repository, version.name
    home, deleted = registry.tag_path(repository, name), Deleted(registry)
    deletions = deleted.deletions_of(repository, name)
    if deletions and not os.path.lexists(f"{home}/current/link"):
        try:
            os.makedirs(os.path.dirname(home), exist_ok=True)
            deleted.unearth(deletions[-1], home)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            raise names.moved(repository, name) from error
    set_tag(registry, repository, name, version.key)


def set_back(registry: Tree, version: Version, before: Tag | None) -> None:
    """Undo `bring_back`, which made a tag of what was there before, if anything was.

    Raises:
        OSError: the volume failed.
    """
    if before:
        set_tag(registry, version.repository, version.name, digests.parse(before.digest))
    else:
        remove_tag(registry, version.repository, version.name, version.digest, undoable=True)
