"""Removing the links to blobs that are gone, such that a push that stores the blob anew keeps its link."""

from __future__ import annotations

import contextlib
import os

from solakube_regtool import digests
from solakube_regtool.barrier import Stamp, stamp
from solakube_regtool.journal import Journal, Removal
from solakube_regtool.steps import Step, Steps
from solakube_regtool.tree import Link, Tree


def remove_link(
    registry: Tree, journal: Journal, link: Link, key: bytes, alone: bool, known: Stamp | None = None
) -> Steps:
    """Remove a link whose blob is not in its place.

    A push stores a blob first and links it then: if the blob is back after the link was removed, the link may be that
    push's, and is written again.

    Args:
        registry: the tree.
        journal: where the removal is written down first.
        link: to remove.
        key: the blob that it leads to.
        known: the link's stamp when it was examined; one that was written since is a push's, and stays.
        alone: no request is under way: none can be about to write into the link's folder, which then goes as well.

    Raises:
        OSError: the volume failed.
    """
    path = registry.link_path(link)
    yield Step("look for the link's blob", alone=alone)
    if registry.blob_size(key) is not None:
        return
    journal.begin(Removal(path, digests.text(key)))
    yield Step("remove the link", alone=alone, brisk=True)
    if known is not None and _written_since(path, known):
        journal.end()
        return
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    yield Step("look for the link's blob again", alone=alone, brisk=True)
    finish(registry, journal)
    if alone:
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(path))


def _written_since(path: str, known: Stamp) -> bool:
    now = stamp(path)
    return now is not None and (now.inode, now.modified) != (known.inode, known.modified)


def finish(registry: Tree, journal: Journal) -> None:
    """Bring the removal that was begun last to its end, also one of a run that was killed.

    Raises:
        OSError: the volume failed.
    """
    removal = journal.begun()
    if removal is None:
        return
    if registry.blob_size(digests.parse(removal.target)) is not None:
        _write(removal)
    journal.end()


def _write(removal: Removal) -> None:
    """Write a link, unless one stands there."""
    folder = os.path.dirname(removal.path)
    os.makedirs(folder, exist_ok=True)
    temporary = f"{folder}/link.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="ascii") as file:
        file.write(removal.target)
    with contextlib.suppress(FileExistsError):
        os.link(temporary, removal.path)
    os.unlink(temporary)
