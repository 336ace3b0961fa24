"""Running the maintenance program beside the data, and reading what it says."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from typing import Any

from solakube_core.cli.session import Session
from solakube_core.errors import Problem, SolakubeError
from solakube_core.model import Maintenance
from solakube_registry.naming import COMPONENT

Record = dict[str, Any]
"""One object of the program's JSON lines; solakube_regtool.output lists them by their "type"."""


def records(session: Session, *arguments: str, stdin: str = "", done: Container[int] = (0,)) -> Iterator[Record]:
    """Run a command of the program and yield its records as they come; progress goes to the terminal.

    Args:
        session: the run of `sk`.
        arguments: the command and its arguments.
        stdin: its standard input.
        done: exit codes with which it has done its work.

    Raises:
        SolakubeError: the program failed; with the problems that it told.
    """
    tool = _maintenance(session).tool
    execution = session.engine.run(tool, ("--json", *arguments), stdin)
    problems: list[Problem] = []
    for line in execution:
        record = _parsed(line)
        if record["type"] == "progress":
            session.terminal.now(record["text"])
        elif record["type"] == "problem":
            problems.append(Problem(record["what"], record["why"], record["remedy"]))
        else:
            yield record
    session.terminal.quiet()
    if execution.exit_code not in done and not problems:
        problems.append(Problem("the maintenance program failed", execution.errors.strip()[-2000:]))
    if problems:
        raise SolakubeError.of(problems)


def _maintenance(session: Session) -> Maintenance:
    return session.maintenance(COMPONENT)


def _parsed(line: str) -> Record:
    try:
        record: Record = json.loads(line)
    except ValueError:
        raise SolakubeError("the maintenance program said something else than JSON", line[:500]) from None
    return record
