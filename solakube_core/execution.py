"""Running a program as a child process, line by line."""

from __future__ import annotations

import io
import subprocess
import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from functools import partial
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from solakube_core.engine import Stdin

_PIECE = 1 << 20
_ERRORS_KEPT = 64 * 1024
_END_TIMEOUT = 5.0


class ProcessExecution:
    """Implements `solakube_core.engine.Execution` over a process. Lines are read as they are asked for.

    Args:
        command: the program and its arguments.
        environ: all of its environment.
        stdin: written to its standard input, which then ends.
        folder: its working folder; None for the one of this process.
    """

    def __init__(
        self, command: tuple[str, ...], environ: Mapping[str, str], stdin: Stdin = "", folder: str | None = "/"
    ) -> None:
        # Files, not pipes: nobody has to feed or drain them while the output is read.
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end of the output
        with tempfile.TemporaryFile() as given:
            given.writelines([stdin.encode()] if isinstance(stdin, str) else stdin)
            given.seek(0)
            self._process = subprocess.Popen(
                command, env=environ, cwd=folder, stdin=given, stdout=subprocess.PIPE, stderr=self._stderr
            )
        self._errors = ""
        self._exit_code: int | None = None

    def __iter__(self) -> Iterator[str]:
        assert self._process.stdout is not None
        for line in self._read(self._process.stdout):
            yield line.decode(errors="replace").rstrip("\n")

    def pieces(self) -> Generator[bytes, None, None]:
        """Give its standard output as it comes."""
        assert isinstance(self._process.stdout, io.BufferedReader)
        return self._read(iter(partial(self._process.stdout.read1, _PIECE), b""))

    def _read(self, output: Iterable[bytes]) -> Generator[bytes, None, None]:
        try:
            yield from output
            self._exit_code = self._process.wait()
        finally:
            self._close()

    @property
    def exit_code(self) -> int:
        """The program's exit code; the negative number of the signal that ended it.

        Raises:
            RuntimeError: the lines are not exhausted yet.
        """
        if self._exit_code is None:
            raise RuntimeError("the program's output has not been read to its end")
        return self._exit_code

    @property
    def errors(self) -> str:
        """The last part of what it wrote to standard error."""
        return self._errors

    def _close(self) -> None:
        """End the program, should nobody want the rest of its output, and keep what it complained of."""
        assert self._process.stdout is not None
        self._process.stdout.close()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_END_TIMEOUT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._stderr.seek(max(0, self._stderr.seek(0, 2) - _ERRORS_KEPT))
        self._errors = self._stderr.read().decode(errors="replace")
        self._stderr.close()
