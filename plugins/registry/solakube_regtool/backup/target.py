"""The folder that backups go to.

    <target>/docker/registry/v2/blobs/...       each blob once, as a registry stores it
    <target>/moments/<time>.jsonl.gz            the references of a moment, whole or not there at all
    <target>/proofs/<time>.json                 what came of restoring that moment
    <target>/lock

A blob's name is its hash: what is there need not be copied again, by whichever backup it came. A moment is written
after all blobs that it names, and only what no moment names is ever deleted.
"""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import itertools
import json
import os
import re
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from solakube_regtool.backup.references import References, read_document
from solakube_regtool.errors import RegtoolError
from solakube_regtool.storage import files
from solakube_regtool.storage.tree import Tree
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


class Target:
    """A folder that backups go to.

    Args:
        folder: it need not exist.

    Attributes:
        tree: its blobs.
    """

    def __init__(self, folder: str) -> None:
        self.folder = os.path.abspath(folder)
        self.tree = Tree(self.folder)
        self._moments = f"{self.folder}/moments"
        self._proofs = f"{self.folder}/proofs"

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Be the only one who changes it; what a run that was killed left half written goes.

        Raises:
            RegtoolError: somebody else does, or the folder holds something else.
            OSError: it cannot be written.
        """
        if os.path.isdir(self.folder) and os.listdir(self.folder) and not os.path.isdir(self._moments):
            why = "it is neither empty nor a folder of backups"
            raise RegtoolError(f"no backup goes into {self.folder}", why, "name a folder of its own")
        for folder in (self._moments, self._proofs, f"{self.tree.root}/blobs"):
            os.makedirs(folder, mode=0o700, exist_ok=True)
        descriptor = os.open(f"{self.folder}/lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RegtoolError(f"another run works on {self.folder}", "", "wait for its end") from None
            for name in files.names(self._moments):
                if name.endswith(UNFINISHED):
                    files.remove(f"{self._moments}/{name}")
            yield
        finally:
            os.close(descriptor)

    # Moments

    def names(self) -> list[str]:
        """Give the names of all moments, the latest at the end.

        Raises:
            OSError: the folder cannot be read.
        """
        return sorted(match[1] for name in files.names(self._moments) if (match := _MOMENT.fullmatch(name)))

    def choose(self, name: str | None) -> str:
        """Return the name of a moment: the one that is named, or the latest.

        Raises:
            RegtoolError: there is none.
        """
        known = self.names()
        if not known:
            raise RegtoolError(f"there is no backup in {self.folder}", "", "see whether that is the folder")
        if name is not None and name not in known:
            raise RegtoolError(f"there is no backup {name}", f"there are {', '.join(known[-5:])}", "name one of them")
        return name or known[-1]

    def publish(self, references: Iterable[References], summary: Summary) -> str:
        """Write a moment down, when all its blobs are here; gives its name.

        Raises:
            OSError: it cannot be written.
        """
        whole, part = divmod(summary.taken, 1)
        name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(whole))}.{int(part * 1e6):06d}Z"
        path = f"{self._moments}/{name}.jsonl.gz"
        with open(f"{path}{UNFINISHED}", "wb") as raw, gzip.open(raw, "wt", compresslevel=3, encoding="ascii") as file:
            documents = itertools.chain(
                [{"format": FORMAT}], (one.as_document() for one in references), [summary._asdict()]
            )
            file.writelines(json.dumps(document) + "\n" for document in documents)
        # The blobs first: all of them are on the disk before anything names them.
        os.sync()
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
        """Delete a moment; its blobs stay.

        Raises:
            OSError: it cannot be deleted.
        """
        files.remove(f"{self._moments}/{name}.jsonl.gz")
        files.remove(f"{self._proofs}/{name}.json")

    # Proofs

    def prove(self, name: str, proof: dict[str, Any]) -> None:
        """Remember what came of restoring a moment.

        Raises:
            OSError: it cannot be written.
        """
        path = f"{self._proofs}/{name}.json"
        with open(f"{path}{UNFINISHED}", "w", encoding="ascii") as file:
            json.dump(proof, file)
        os.rename(f"{path}{UNFINISHED}", path)

    def proof(self, name: str) -> dict[str, Any] | None:
        """Tell what came of restoring a moment; None where nobody has tried."""
        try:
            found: dict[str, Any] = json.loads(files.read(f"{self._proofs}/{name}.json"))
        except (FileNotFoundError, ValueError):
            return None
        return found


def _unreadable(name: str, why: str) -> RegtoolError:
    return RegtoolError(f"the backup {name} cannot be read", why, "restore another one: `backup list` names them")
