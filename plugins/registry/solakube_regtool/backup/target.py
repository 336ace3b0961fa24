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
import json
import os
from collections.abc import Iterator
from typing import Any

from solakube_regtool.backup.moments import Moments
from solakube_regtool.errors import RegtoolError
from solakube_regtool.storage import files
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.uploads import UNFINISHED

_OF_FILE_SYSTEMS = {"lost+found"}
"""What a new volume holds that is empty."""


class Target(Moments):
    """A folder that backups go to.

    Args:
        folder: it need not exist.

    Attributes:
        tree: its blobs.
    """

    def __init__(self, folder: str) -> None:
        self.folder = os.path.abspath(folder)
        super().__init__(f"{self.folder}/moments")
        self.tree = Tree(self.folder)
        self._proofs = f"{self.folder}/proofs"

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Be the only one who changes it; what a run that was killed left half written goes.

        Raises:
            RegtoolError: somebody else does, or the folder holds something else.
            OSError: it cannot be written.
        """
        if self._holds_something() and not os.path.isdir(self._moments):
            why = "it is neither empty nor a folder of backups"
            raise RegtoolError(f"no backup goes into {self.folder}", why, "name a folder of its own")
        for folder in (self.folder, self._proofs, f"{self.tree.root}/blobs"):
            os.makedirs(folder, mode=0o700, exist_ok=True)
        descriptor = os.open(f"{self.folder}/lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RegtoolError(f"another run works on {self.folder}", "", "wait for its end") from None
            self.prepare()
            yield
        finally:
            os.close(descriptor)

    def _holds_something(self) -> bool:
        return os.path.isdir(self.folder) and bool({*os.listdir(self.folder)} - _OF_FILE_SYSTEMS)

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

    def forget(self, name: str) -> None:
        """Delete a moment and its proof; its blobs stay.

        Raises:
            OSError: they cannot be deleted.
        """
        super().forget(name)
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
