"""Where a registry's tree lies, a folder (`files`) or a bucket (`bucket_files`): reading it, and notes beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Protocol


class Place(Protocol):
    """Reads files by their paths, and writes notes.

    All but `size` raise OSError or RegtoolError where it cannot be told what is there.
    """

    def read(self, path: str, limit: int = ...) -> bytes:
        """Read a file, at most `limit` bytes of it; FileNotFoundError where there is none."""

    def pieces(self, path: str) -> Iterator[bytes]:
        """Read a file piece by piece, however large; FileNotFoundError at the first where there is none."""

    def hashed(self, path: str, algorithm: str) -> str:
        """Hash a file's content, and give the digest as text; FileNotFoundError where there is none."""

    def names(self, path: str) -> list[str]:
        """List a folder's entries; one that is not there has none."""

    def folders(self, path: str) -> list[str]:
        """List the names of a folder's folders."""

    def folder_entries(self, path: str) -> dict[str, bool]:
        """List the names of a folder's folders, each with whether it is a link."""

    def status(self, path: str) -> os.stat_result | None:
        """Look at a file; None if there is none."""

    def size(self, path: str) -> int | None:
        """Give a file's size in bytes; None if it is not there or cannot be looked at."""

    def is_folder(self, path: str) -> bool:
        """Tell whether there is a folder of this name."""

    def exists(self, path: str) -> bool:
        """Tell whether there is anything of this name, be it a link that leads nowhere."""

    def is_same(self, path: str, other: str) -> bool:
        """Tell whether two folders are the same one."""

    def expect(self, path: str) -> None:
        """Hear that all of a folder will be asked for."""

    def forget(self) -> None:
        """Hear that what was listed may be out of date: what is asked for from now on is as it is from now on."""

    def replace(self, path: str, content: bytes) -> None:
        """Write a file as a whole, in the place of what is there; its folder is made."""
