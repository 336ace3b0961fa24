"""Programs as child processes: what they read and write are bytes where that is wanted."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator

import pytest
from solakube_registry.maintenance.streams import PieceFile

from solakube_core.execution import ProcessExecution

ECHO = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()); sys.exit(3)"


def test_bytes_go_both_ways() -> None:
    pieces = [os.urandom(size) for size in (1, 3 << 20, 5)]
    execution = ProcessExecution((sys.executable, "-c", ECHO), {}, iter(pieces))
    assert b"".join(execution.pieces()) == b"".join(pieces)
    assert execution.exit_code == 3


def test_who_wants_no_more_of_it_ends_the_program() -> None:
    execution = ProcessExecution((sys.executable, "-c", "while True: print('y' * 100)"), {})
    pieces = execution.pieces()
    assert next(pieces).startswith(b"yyy")
    pieces.close()
    with pytest.raises(RuntimeError, match="not been read to its end"):
        _ = execution.exit_code


def test_pieces_are_a_file_whatever_their_sizes() -> None:
    def given() -> Iterator[bytes]:
        yield from (b"", b"a li", b"ne\nand ", b"", bytes(3000), b"end")

    file = io.BufferedReader(PieceFile(given()), 16)
    assert file.readline() == b"a line\n"
    assert file.read(3004) == b"and " + bytes(3000)
    assert (file.read(100), file.readline()) == (b"end", b"")
