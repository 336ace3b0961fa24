"""Running the maintenance program, and reading what it says."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import Any

from solakube_core.plugin import Execution, Patience, Problem, Program, Session, SolakubeError, Stdin
from solakube_registry.maintenance import by_api
from solakube_registry.maintenance.images import MAINTENANCE_IMAGE, NONE, is_maintained
from solakube_registry.maintenance.regtool import IN_BUCKET, beside_images, own_values
from solakube_registry.naming import COMPONENT

Record = dict[str, Any]
"""One object of the program's JSON lines; solakube_regtool.output lists them by their "type"."""


def records(
    session: Session,
    *arguments: str,
    stdin: Stdin = "",
    done: Container[int] = (0,),
    url: str | None = None,
    beside: bool = False,
) -> Iterator[Record]:
    """Run a command of the program and yield its records as they come; progress goes to the terminal.

    It runs beside the registry; on this machine for any other by its URL, and for what only the registry's API tells or
    does where the images are no files.

    Args:
        session: the run of `sk`.
        arguments: the command and its arguments.
        stdin: its standard input.
        done: exit codes with which it has done its work.
        url: address of another registry than the one that is deployed; the command is one of `by_api.BY_API`.
        beside: the command is one of `by_api.OF_FOLDER`, for a folder that is there, not on this machine.

    Raises:
        SolakubeError: the program failed; with the problems that it told.
    """
    with started(session, arguments, stdin, url, beside) as execution:
        yield from _read(session, execution, done, _place(url) if url else "the registry's data")


def announce(session: Session, url: str | None = None) -> None:
    """Say first which registry a command changes: that of the URL, or the one that is deployed."""
    if url:
        session.terminal.say(f"{COMPONENT} -> {_place(url)}")
    else:
        session.announce(COMPONENT, session.namespace(COMPONENT))


def _place(url: str) -> str:
    # Somebody may have put a password into it.
    return url.rpartition("@")[2]


@contextmanager
def started(
    session: Session, arguments: tuple[str, ...], stdin: Stdin, url: str | None = None, beside: bool = False
) -> Iterator[Execution]:
    """Start a command of the program where it belongs; see `records`."""
    if url:
        yield by_api.start_elsewhere(session.settings, url, arguments, stdin)
        return
    if arguments[0] in by_api.OF_FOLDER and not beside:
        yield by_api.start_here(arguments)
        return
    if arguments[0] in by_api.INTO_OURS:
        with by_api.started_on_ours(session, arguments, stdin) as execution:
            yield execution
        return
    program = _beside_data(session, arguments[0])
    if program is not None:
        yield session.engine.run(program, ("--json", *arguments), stdin)
        return
    if arguments[0] not in by_api.BY_API:
        raise _out_of_reach(session, arguments[0])
    with by_api.started_on_ours(session, arguments, stdin) as execution:
        yield execution


def _beside_data(session: Session, command: str) -> Program | None:
    """Return the program that looks at the images themselves; None where none can."""
    settings, site = session.settings, session.engine.site
    if not is_maintained(settings, site):
        return None
    values = own_values(settings)
    if values is None or values.keeps_files or (values.bucket_with_keys and command in (*IN_BUCKET, *by_api.OF_FOLDER)):
        return beside_images(settings, site, values)
    return None


def _out_of_reach(session: Session, command: str) -> SolakubeError:
    if not is_maintained(session.settings, session.engine.site):
        return SolakubeError(
            f"{command} is done by SolaKube's own maintenance program, and {MAINTENANCE_IMAGE}={NONE} leaves it out",
            f"by the registry's API there are {', '.join(by_api.BY_API)}",
            f"set {MAINTENANCE_IMAGE} to an image with Python, or leave it unset, and run `sk deploy registry`",
        )
    return SolakubeError(
        f"{command} needs the registry's data, and that is in an object storage",
        f"by the registry's API there are {', '.join(by_api.BY_API)}",
        "delete tags by `sk registry delete`; distribution's own `garbage-collect` frees their space",
    )


def _read(session: Session, execution: Execution, done: Container[int], of: str) -> Iterator[Record]:
    problems: list[Problem] = []
    count = 0
    with Patience(session.terminal, f"waiting for {of}") as patience:
        for line in execution:
            record = _parsed(line)
            if record["type"] == "progress":
                patience.progress(record["text"])
            elif record["type"] == "note":
                session.terminal.say(record["text"])
            elif record["type"] == "problem":
                problems.append(Problem(record["what"], record["why"], record["remedy"]))
            else:
                count += 1
                patience.note(f"reading from {of}, {count} so far")
                session.terminal.quiet()
                yield record
    if problems:
        raise SolakubeError.of(problems)
    if execution.exit_code not in done:
        raise failed(execution)


def failed(execution: Execution) -> SolakubeError:
    """Return the error for a program that has failed, and told no problem."""
    return SolakubeError("the maintenance program failed", execution.errors.strip()[-2000:])


def _parsed(line: str) -> Record:
    try:
        record: Record = json.loads(line)
    except ValueError:
        raise SolakubeError("the maintenance program said something else than JSON", line[:500]) from None
    return record
