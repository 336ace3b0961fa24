"""Running the maintenance program for a stream of bytes, such as of a backup."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, BinaryIO

from solakube_regtool.backup.stream import CutOffError
from solakube_regtool.errors import RegtoolError

from solakube_core.plugin import Execution, Session, SolakubeError, Stdin
from solakube_registry.maintenance.tool import failed, started

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER = 1 << 20


@contextmanager
def streamed(session: Session, *arguments: str, stdin: Stdin) -> Iterator[BinaryIO]:
    """Run a command of the program beside the registry's data, whose standard output is no mere lines.

    Raises:
        SolakubeError: the program failed, and what it wrote does not tell why.
    """
    with started(session, arguments, stdin) as execution, closing(execution.pieces()) as pieces:
        try:
            yield io.BufferedReader(PieceFile(pieces), _BUFFER)
        except CutOffError as error:
            _require_success(execution, pieces)
            raise as_error(error) from error
        except RegtoolError as error:
            raise as_error(error) from error
        _require_success(execution, pieces)


def as_error(error: RegtoolError) -> SolakubeError:
    """Return an error of the program's own modules as one of ours."""
    return SolakubeError(error.what, error.why, error.hint)


def _require_success(execution: Execution, rest: Iterator[bytes]) -> None:
    deque(rest, maxlen=0)
    if execution.exit_code:
        raise failed(execution)


class PieceFile(io.RawIOBase):
    """Reads pieces as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        # An empty piece, such as a pod's first one, is no end.
        piece = self._rest or next(filter(None, self._pieces), b"")
        count = min(len(piece), len(view))
        view[:count], self._rest = piece[:count], piece[count:]
        return count
