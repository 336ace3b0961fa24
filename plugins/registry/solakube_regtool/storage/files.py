"""Reading a directory tree quickly, without leaving a trace in access times.

The access times of links tell when an image was last pulled, and whether a push is relying on a blob: our own reads
must not move them.
"""

from __future__ import annotations

import os

_QUIETLY = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOATIME", 0)
_PLAINLY = os.O_RDONLY | os.O_CLOEXEC


def open_quietly(path: str) -> int:
    """Open a file for reading without moving its access time, where that is permitted (to owner and root).

    Returns:
        A file descriptor.

    Raises:
        OSError: the file cannot be opened.
    """
    try:
        return os.open(path, _QUIETLY)
    except PermissionError:
        return os.open(path, _PLAINLY)


def read(path: str, limit: int = 1 << 26) -> bytes:
    """Read a file, at most `limit` bytes of it.

    Raises:
        OSError: the file cannot be read.
    """
    descriptor = open_quietly(path)
    try:
        content = os.read(descriptor, min(limit, 1 << 16))
        if len(content) < min(limit, 1 << 16):
            return content
        chunks = [content]
        missing = limit - len(content)
        while missing > 0 and (chunk := os.read(descriptor, min(missing, 1 << 20))):
            chunks.append(chunk)
            missing -= len(chunk)
        return b"".join(chunks)
    finally:
        os.close(descriptor)


def names(path: str) -> list[str]:
    """List a folder's entries; a folder that does not exist (any more) has none.

    Raises:
        OSError: the folder cannot be read.
    """
    try:
        return os.listdir(path)
    except (FileNotFoundError, NotADirectoryError):
        return []


def folders(path: str) -> list[str]:
    """List the names of a folder's folders; links are not followed.

    Raises:
        OSError: the folder cannot be read.
    """
    try:
        with os.scandir(path) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def write_all(descriptor: int, content: bytes) -> None:
    """Overwrite a file from its beginning, in place: no new block is needed, so a full volume does not matter.

    Raises:
        OSError: the file cannot be written.
    """
    written = 0
    while written < len(content):
        written += os.pwrite(descriptor, content[written:], written)
