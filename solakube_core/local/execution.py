"""Running a program beside a component's data, as a child process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solakube_core.errors import NotDeployed, SolakubeError
from solakube_core.execution import ProcessExecution
from solakube_core.local.data.identity import missing
from solakube_core.local.machine.programs import PYTHON, interpreter, own_environment
from solakube_core.local.state.recording import read_wanted
from solakube_core.settings import variable_of

if TYPE_CHECKING:
    from solakube_core.engine import Stdin
    from solakube_core.local.data.folders import Folders
    from solakube_core.local.state.records import Wanted
    from solakube_core.model import Program


def start(where: Folders, program: Program, arguments: tuple[str, ...], stdin: Stdin, place: str) -> ProcessExecution:
    """Start a program.

    Args:
        arguments: appended to the program's own.
        stdin: written to its standard input, which then ends.
        place: this installation, in words.

    Raises:
        NotDeployed: the component is not deployed.
        SolakubeError: it has its data elsewhere, or the data is not there.
    """
    wanted = deployed(where, program.component, place)
    if wanted.data != str(where.data):
        raise SolakubeError(
            f"{program.component} has its data in {wanted.data}, not in {where.data}",
            f"{variable_of(program.component, 'DATA_DIR')} was another when it was deployed",
            f"correct it, or run `sk deploy {program.component}` with it",
        )
    if problems := tuple(missing(where, program.component)):
        raise SolakubeError.of(problems)
    command = (*_executable(wanted, program), *program.arguments, *arguments)
    return ProcessExecution(command, {**own_environment(), **program.environment}, stdin)


def deployed(where: Folders, component: str, place: str) -> Wanted:
    """Return what is wanted of a component.

    Args:
        place: this installation, in words.

    Raises:
        NotDeployed: it is not deployed.
    """
    wanted = read_wanted(where.wanted)
    if wanted is None:
        raise NotDeployed(component, place)
    return wanted


def _executable(wanted: Wanted, program: Program) -> tuple[str, ...]:
    if program.executable == PYTHON:
        return interpreter()
    for job in wanted.jobs:
        if job.name == program.executable:
            return job.once
    raise SolakubeError(f"{wanted.component} has no program {program.executable}", f"{program.component} is deployed")
