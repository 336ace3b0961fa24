"""Running a program beside a component's data, as a child process."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from typing import IO

from solakube_core.errors import SolakubeError
from solakube_core.local.folders import Folders
from solakube_core.local.programs import PYTHON, interpreter, own_environment
from solakube_core.local.records import Wanted, read_wanted
from solakube_core.model import Program

_ERRORS_KEPT = 64 * 1024
_END_TIMEOUT = 5.0


def start(where: Folders, program: Program, arguments: tuple[str, ...], stdin: str) -> LocalExecution:
    """Start a program.

    Args:
        arguments: appended to the program's own.
        stdin: written to its standard input, which then ends.

    Raises:
        SolakubeError: the component is not deployed, or has its data elsewhere.
    """
    wanted = deployed(where, program.component)
    if wanted.data != str(where.data):
        raise SolakubeError(
            f"{program.component} has its data in {wanted.data}, not in {where.data}",
            f"{program.component.upper()}_DATA_DIR was another when it was deployed",
            f"correct it, or run `sk deploy {program.component}` with it",
        )
    command = (*_executable(wanted, program), *program.arguments, *arguments)
    return LocalExecution(command, {**own_environment(), **program.environment}, stdin)


def deployed(where: Folders, component: str) -> Wanted:
    """Return what is wanted of a component.

    Raises:
        SolakubeError: it is not deployed.
    """
    wanted = read_wanted(where.wanted)
    if wanted is None:
        raise SolakubeError(
            f"{component} is not deployed on this machine", "", f"run `sk deploy {component}`, or set SK_CLUSTER"
        )
    return wanted


def _executable(wanted: Wanted, program: Program) -> tuple[str, ...]:
    if program.executable == PYTHON:
        return interpreter()
    for job in wanted.jobs:
        if job.name == program.executable:
            return job.once
    raise SolakubeError(f"{wanted.component} has no program {program.executable}", f"{program.component} is deployed")


class LocalExecution:
    """Implements `solakube_core.engine.Execution` over a process. Lines are read as they are asked for."""

    def __init__(self, command: tuple[str, ...], environ: dict[str, str], stdin: str) -> None:
        # Files, not pipes: nobody has to feed or drain them while the output is read.
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end of the output
        with tempfile.TemporaryFile() as given:
            given.write(stdin.encode())
            given.seek(0)
            self._process = subprocess.Popen(
                command, env=environ, cwd="/", stdin=given, stdout=subprocess.PIPE, stderr=self._stderr
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
