"""Running a program as a child process, line by line."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from typing import IO

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
        self, command: tuple[str, ...], environ: Mapping[str, str], stdin: str = "", folder: str | None = "/"
    ) -> None:
        # Files, not pipes: nobody has to feed or drain them while the output is read.
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end of the output
        with tempfile.TemporaryFile() as given:
            given.write(stdin.encode())
            given.seek(0)
            self._process = subprocess.Popen(
                command, env=environ, cwd=folder, stdin=given, stdout=subprocess.PIPE, stderr=self._stderr
            )
        self._errors = ""
        self._exit_code: int | None = None

    def __iter__(self) -> Iterator[str]:
        assert self._process.stdout is not None
        try:
            for line in self._process.stdout:
                yield line.decode(errors="replace").rstrip("\n")
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
