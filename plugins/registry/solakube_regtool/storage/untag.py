"""Removing a tag, and that tag alone, in one step; and making it again."""

from __future__ import annotations

import os
from collections.abc import Callable

from solakube_regtool.errors import RegtoolError, failed
from solakube_regtool.oci import digests, names
from solakube_regtool.oci.contents import Tagged
from solakube_regtool.storage import tree
from solakube_regtool.storage.deletions import Deleted, discard
from solakube_regtool.storage.leases import Leases
from solakube_regtool.storage.links import REVISIONS, Link, history
from solakube_regtool.storage.uploads import UNFINISHED
from solakube_regtool.storage.workspace import Workspace

NAMED_ONCE = 0
"""Modification time, in nanoseconds since 1970, of the link of a manifest that a tag or an index named before."""


def delete_tag(registry: tree.Tree, tag: Tagged) -> None:
    """Take a tag away, unless a push has moved it to another image meanwhile. That can be undone for a while.

    Raises:
        HeldError: somebody holds deletions.
        RegtoolError: it is gone or moved, or the volume does not let it be taken away.
    """
    try:
        Workspace(registry).prepare()
        Leases(registry).require_none()
        _require_no_link_to(registry, tag)
        removed = remove_tag(registry, tag.repository, tag.name, tag.digest, undoable=True)
    except OSError as error:
        raise failed(f"{tag.repository}:{tag.name} cannot be deleted", error) from error
    if not removed:
        raise names.moved(tag.repository, tag.name)


def _require_no_link_to(registry: tree.Tree, tag: Tagged) -> None:
    """Make sure that no other tag goes along."""
    home = os.path.realpath(registry.tag_path(tag.repository, tag.name))
    for name, path in registry.linked_tags(tag.repository).items():
        if (
            name != tag.name
            and path.startswith(f"{home}/")
            and os.path.lexists(registry.tag_path(tag.repository, name))
        ):
            why = f"in the registry's data {tag.repository}:{name} is a link to it"
            raise RegtoolError(f"{tag.repository}:{tag.name} is not deleted", why, f"delete {name} first")


def remove_tag(
    registry: tree.Tree,
    repository: str,
    name: str,
    expected: str,
    used: Callable[[], bool] = lambda: False,
    undoable: bool = False,
) -> bool:
    """Remove a tag if it (still) points to a manifest; other tags of that manifest stay, and so does the manifest.

    The tag's folder is renamed away first: the registry sees the whole tag or none. A push that moves the tag
    to another manifest meanwhile wins.

    Args:
        registry: the tree.
        repository: the repository's name.
        name: the tag.
        expected: the digest that it pointed to when its removal was decided, as text.
        used: asked once the tag is out of the way: tells whether somebody relies on it; then it goes back.
        undoable: keep the tag as it was (see `deletions`), unless the volume has no space for that.

    Returns:
        False if there is no such tag, it points elsewhere by now, or is used.

    Raises:
        OSError: the volume failed, or the folder for it is missing (see `Workspace.prepare`).
    """
    tag = registry.tag(repository, name)
    if tag is None or tag.digest != expected:
        return False
    named = _named_by(registry, tag)
    home = registry.tag_path(repository, name)
    try:
        kept = Deleted(registry).bury(repository, name, home) if undoable else None
        away = kept or _move_away(registry, home, expected)
    except FileNotFoundError:
        return False
    moved = registry.read_link(f"{away}/current/link")
    if (moved is not None and digests.text(moved) != expected) or used():
        _bring_back(away, home)
        return False
    if not kept:
        discard(away)
    _release(registry, repository, named)
    return True


def _move_away(registry: tree.Tree, home: str, expected: str) -> str:
    away = f"{Workspace(registry).untagged}/{os.getpid()}-{digests.parse(expected).hex()}"
    discard(away)
    os.rename(home, away)
    return away


def _named_by(registry: tree.Tree, tag: tree.Tag) -> dict[bytes, float]:
    """Tell when a tag was last set to each manifest that it ever pointed to: the time stamps of its links."""
    named = {digests.parse(tag.digest): tag.pushed}
    for link in registry.links(tag.repository, history(tag.name)):
        if status := registry.link_status(link):
            named[link.key] = max(status.st_mtime, named.get(link.key, 0.0))
    return named


def _release(registry: tree.Tree, repository: str, named: dict[bytes, float]) -> None:
    """Note that manifests, and those that they name, wait for no index (see `alive.rules`)."""
    done: set[bytes] = set()
    while waiting := named.keys() - done:
        for key in waiting:
            _note_named(registry.link_path(Link(repository, REVISIONS, key)), named[key])
            found = registry.manifest_of(key, noted=False)
            for child in found.nested if found else ():
                named[child.key] = max(named[key], named.get(child.key, 0.0))
        done |= waiting


def _note_named(link: str, named: float) -> None:
    try:
        status = os.stat(link)
        # One that was pushed again after it had been named waits again.
        if status.st_mtime_ns != NAMED_ONCE and status.st_mtime <= named:
            os.utime(link, ns=(status.st_atime_ns, NAMED_ONCE))
    except OSError:
        # Where that is not permitted, the manifest just stays for longer.
        return


def _bring_back(away: str, home: str) -> None:
    try:
        os.rename(away, home)
    except OSError:
        # A newer push has made the tag again already; ours is older.
        discard(away)


def make_tag(registry: tree.Tree, repository: str, name: str, key: bytes) -> None:
    """Have a tag point to a manifest, unless there is such a tag.

    Raises:
        OSError: the volume failed.
    """
    if not os.path.lexists(registry.tag_path(repository, name)):
        set_tag(registry, repository, name, key)


def set_tag(registry: tree.Tree, repository: str, name: str, key: bytes) -> None:
    """Have a tag point to a manifest, as distribution does it: what it pointed to before is remembered.

    Raises:
        OSError: the volume failed.
    """
    home = registry.tag_path(repository, name)
    algorithm, hex_digits = digests.parts(key)
    for folder in (f"{home}/index/{algorithm}/{hex_digits}", f"{home}/current"):
        write_link(f"{folder}/link", key)


def write_link(path: str, key: bytes) -> None:
    """Write a link in one step, with the folders above it.

    Raises:
        OSError: the volume failed.
    """
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = f"{path}.{os.getpid()}{UNFINISHED}"
    with open(temporary, "w", encoding="ascii") as file:
        file.write(digests.text(key))
    os.rename(temporary, path)
