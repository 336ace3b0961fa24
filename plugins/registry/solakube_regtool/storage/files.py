"""Reading a directory tree quickly, without leaving a trace in access times.

The access times of links tell when an image was last pulled, and whether a push is relying on a blob: our own reads
must not move them.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

from solakube_regtool.oci import digests

_QUIETLY = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOATIME", 0)
_PLAINLY = os.O_RDONLY | os.O_CLOEXEC
_PIECE = 1 << 20


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


def reads_leave_no_trace(status: os.stat_result) -> bool:
    """Tell whether `open_quietly` leaves the access time of a file alone, given its status."""
    return os.geteuid() in (0, status.st_uid)


def read(path: str, limit: int = 1 << 26) -> bytes:
    """Read a file, at most `limit` bytes of it.

    Raises:
        FileNotFoundError: there is no such file.
        OSError: the file cannot be read.
    """
    try:
        descriptor = open_quietly(path)
    except FileNotFoundError:
        _require_absence(path)
        raise
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


def pieces(path: str) -> Iterator[bytes]:
    """Read a file piece by piece, however large.

    Raises:
        FileNotFoundError: there is no such file; when the first piece is asked for.
        OSError: the file cannot be read.
    """
    with os.fdopen(open_quietly(path), "rb", buffering=0) as file:
        while piece := file.read(_PIECE):
            yield piece


def names(path: str) -> list[str]:
    """List a folder's entries; a folder that does not exist (any more) has none.

    Raises:
        OSError: the folder cannot be read.
    """
    try:
        return os.listdir(path)
    except (FileNotFoundError, NotADirectoryError):
        _require_absence(path)
        return []


def folders(path: str) -> list[str]:
    """List the names of a folder's folders; see `folder_entries`."""
    return list(folder_entries(path))


def folder_entries(path: str) -> dict[str, bool]:
    """List the names of a folder's folders, each with whether it is a link. The registry follows links, too.

    Raises:
        OSError: the folder cannot be read, or a link in it leads nowhere.
    """
    try:
        with os.scandir(path) as entries:
            return {
                entry.name: not real
                for entry in entries
                # Nearly all entries are folders, whose kind the listing itself tells.
                if (real := entry.is_dir(follow_symlinks=False)) or _leads_to_folder(entry)
            }
    except (FileNotFoundError, NotADirectoryError):
        _require_absence(path)
        return {}


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a link to a folder; one that leads nowhere is an error."""
    if not entry.is_symlink():
        return False
    _require_absence(entry.path)
    return entry.is_dir()


def status(path: str) -> os.stat_result | None:
    """Look at a file; None if there is none.

    Raises:
        OSError: it cannot be looked at.
    """
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        _require_absence(path)
        return None


def size(path: str) -> int | None:
    """Give a file's size in bytes; None if it is not there or cannot be looked at."""
    try:
        return os.stat(path).st_size
    except OSError:
        return None


def is_folder(path: str) -> bool:
    """Tell whether there is a folder of this name."""
    return os.path.isdir(path)


def exists(path: str) -> bool:
    """Tell whether there is anything of this name, be it a link that leads nowhere."""
    return os.path.lexists(path)


def is_same(path: str, other: str) -> bool:
    """Tell whether two folders are the same one, by device and inode."""
    return os.path.samefile(path, other)


def hashed(path: str, algorithm: str) -> str:
    """Hash a file's content, and give the digest as text.

    Raises:
        OSError: the file cannot be read.
    """
    return digests.hash_file(path, algorithm)


def expect(path: str) -> None:
    """Hear that all of a folder will be asked for: it makes no difference here."""
    del path


def forget() -> None:
    """Hear that what was listed may be out of date: nothing is kept here."""


def replace(path: str, content: bytes) -> None:
    """Write a file as a whole, in the place of what is there; its folder is made.

    Raises:
        OSError: it cannot be written.
    """
    temporary = f"{path}.{os.getpid()}.tmp"
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    try:
        with open(temporary, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def remove(path: str) -> None:
    """Delete a file, if it is there.

    Raises:
        OSError: it cannot be deleted.
    """
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def _require_absence(path: str) -> None:
    """Make sure that nothing is there, rather than a link to a volume that is not mounted.

    Raises:
        OSError: there is a link that leads nowhere.
    """
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    if os.path.islink(path) and not os.path.exists(path):
        raise OSError(errno.ENOLINK, "a link leads nowhere", path)


def write_all(descriptor: int, content: bytes) -> None:
    """Overwrite a file from its beginning, in place: no new block is needed, so a full volume does not matter.

    Raises:
        OSError: the file cannot be written.
    """
    written = 0
    while written < len(content):
        written += os.pwrite(descriptor, content[written:], written)
