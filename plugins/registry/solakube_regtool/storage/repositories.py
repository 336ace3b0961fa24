"""Finding repositories: folders that hold what distribution makes in each of them. They nest."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence

from solakube_regtool.storage.place import Place

_OF_REPOSITORY = frozenset(("_layers", "_manifests", "_uploads"))


def is_one(folders: Iterable[str]) -> bool:
    """Tell by the names of its folders whether a folder is a repository."""
    return not _OF_REPOSITORY.isdisjoint(folders)


def walk(place: Place, root: str, below: str = "") -> Iterator[str]:
    """Give the names of all repositories, in order of their names' parts.

    Args:
        place: where they are.
        root: the folder of all repositories.
        below: only those whose names begin with this and a slash.

    Raises:
        OSError: a folder cannot be read, or a link in it leads nowhere.
    """
    top = f"{root}/{below}" if below else root
    return _among(place, place.folder_entries(top), [top], below)


def _among(place: Place, entries: dict[str, bool], above: Sequence[str], below: str) -> Iterator[str]:
    """Look into each folder once: with many repositories this is most of what a listing takes."""
    for name in sorted(entries):
        path = f"{above[-1]}/{name}"
        # Links into one's own way lead to what is found without them, and never end.
        if name.startswith("_") or (entries[name] and _is_any(place, path, above)):
            continue
        full = f"{below}/{name}" if below else name
        inside = place.folder_entries(path)
        if is_one(inside):
            yield full
        yield from _among(place, inside, [*above, path], full)


def _is_any(place: Place, path: str, folders: Iterable[str]) -> bool:
    return any(place.is_same(path, folder) for folder in folders)


def remove_bare(root: str, repository: str) -> None:
    """Remove a repository's empty folders, and those above that hold nothing else. What is not empty stays.

    Args:
        root: the folder of all repositories.
        repository: its name.
    """
    home = f"{root}/{repository}"
    own = [folder for name in _OF_REPOSITORY for folder, _, _ in os.walk(f"{home}/{name}", topdown=False)]
    parts = repository.split("/")
    above = [f"{root}/{'/'.join(parts[:count])}" for count in range(len(parts), 0, -1)]
    with contextlib.suppress(OSError):
        for folder in (*own, *above):
            os.rmdir(folder)
