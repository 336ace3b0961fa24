"""Moments: what a registry's references were at one time, each a compressed file that is whole or not there at all.

A line of JSON each: the format, every repository's references, and a summary at the end.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from solakube_regtool.backup.references import References, read_document
from solakube_regtool.errors import RegtoolError
from solakube_regtool.storage import files
from solakube_regtool.storage.uploads import UNFINISHED

FORMAT = 1
_MOMENT = re.compile(r"(\d{8}T\d{6}(?:\.\d{6})?Z)\.jsonl\.gz")


class Summary(NamedTuple):
    """What a moment holds.

    Attributes:
        taken: when its references were read, in seconds since 1970.
        repositories: their number.
        tags: their number.
        blobs: number of the blobs that they name.
        size: bytes of these.
        missing: links that led to nothing when it was taken.
    """

    taken: float
    repositories: int
    tags: int
    blobs: int
    size: int
    missing: int


class Moments:
    """A folder of them.

    Args:
        moments: its path; it need not exist.
    """

    def __init__(self, moments: str) -> None:
        self._moments = moments

    def prepare(self) -> None:
        """Make the folder; what a run that was killed left half written goes.

        Raises:
            OSError: it cannot be written.
        """
        os.makedirs(self._moments, mode=0o700, exist_ok=True)
        for name in files.names(self._moments):
            if name.endswith(UNFINISHED):
                files.remove(f"{self._moments}/{name}")

    def names(self) -> list[str]:
        """Give the names of all moments, the latest at the end.

        Raises:
            OSError: the folder cannot be read.
        """
        return sorted(match[1] for name in files.names(self._moments) if (match := _MOMENT.fullmatch(name)))

    def publish(self, taken: float, references: Iterable[References], summary: Callable[[], Summary]) -> str:
        """Write a moment down; gives its name.

        Args:
            taken: when that is, in seconds since 1970.
            references: of every repository.
            summary: asked when all of these were given.

        Raises:
            OSError: it cannot be written.
        """
        whole, part = divmod(taken, 1)
        name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(whole))}.{int(part * 1e6):06d}Z"
        path = f"{self._moments}/{name}.jsonl.gz"
        with open(f"{path}{UNFINISHED}", "wb") as raw, gzip.open(raw, "wt", compresslevel=3, encoding="ascii") as file:
            file.write(json.dumps({"format": FORMAT}) + "\n")
            for one in references:
                file.write(json.dumps(one.as_document()) + "\n")
            file.write(json.dumps(summary()._asdict()) + "\n")
        os.rename(f"{path}{UNFINISHED}", path)
        return name

    def read(self, name: str) -> Iterator[References]:
        """Give the references of a moment, repository by repository.

        Raises:
            RegtoolError: they cannot be read.
        """
        for document in self._documents(name):
            if "repository" in document:
                yield read_document(document)

    def summary(self, name: str) -> Summary:
        """Tell what a moment holds.

        Raises:
            RegtoolError: it cannot be read.
        """
        for document in self._documents(name):
            if "taken" in document:
                return Summary(**document)
        raise _unreadable(name, "its end is missing")

    def _documents(self, name: str) -> Iterator[dict[str, Any]]:
        try:
            with gzip.open(f"{self._moments}/{name}.jsonl.gz", "rt", encoding="ascii") as file:
                for line in file:
                    document = json.loads(line)
                    if document.get("format", FORMAT) != FORMAT:
                        raise _unreadable(name, f"it has the format {document['format']}, of a newer version")
                    yield document
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise _unreadable(name, str(error)) from error

    def forget(self, name: str) -> None:
        """Delete a moment.

        Raises:
            OSError: it cannot be deleted.
        """
        files.remove(f"{self._moments}/{name}.jsonl.gz")


def _unreadable(name: str, why: str) -> RegtoolError:
    return RegtoolError(f"the backup {name} cannot be read", why, "restore another one")
