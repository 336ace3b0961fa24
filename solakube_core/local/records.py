"""What `sk` tells the supervisor and what the supervisor tells back, as JSON files. Standard library only."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from solakube_core.errors import SolakubeError

if TYPE_CHECKING:
    from solakube_core.model import Backend

STATE, WANTED, TURNS = "state.json", "wanted.json", "turns.json"

PATIENCE = 65.0
"""Seconds that a service may take to end: a little more than the registry waits for running pushes (60)."""


class _Record(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


_T = TypeVar("_T", bound=_Record)


@dataclass(frozen=True)
class Job:
    """A program to keep up.

    Attributes:
        name: of the service.
        command: with its arguments.
        environment: all of it; nothing is inherited.
        cleanup: command to run before each start, so that nothing of an earlier run is in the way; may fail.
        once: command to run the program once beside it, to which arguments are appended.
        described: what the program is, in words.
        ports: TCP ports it listens on, the one that users reach first.
        fingerprint: changes with everything that takes a restart.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    cleanup: tuple[str, ...]
    once: tuple[str, ...]
    described: str
    ports: tuple[int, ...]
    fingerprint: str


@dataclass(frozen=True)
class Timed:
    """A program to run at set times.

    Attributes:
        name: of the schedule.
        cron: the times, in the machine's time zone.
        command: with its arguments.
        environment: all of it; nothing is inherited.
        stdin: its standard input.
    """

    name: str
    cron: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    stdin: str = field(default="", repr=False)


@dataclass(frozen=True)
class Wanted:
    """What should run for one component: the supervisor's orders.

    Attributes:
        component: its name.
        backend: "namespace/service", by which the component's address is asked for.
        data: folder of its data.
        jobs: what to keep up.
        timed: what to run at set times.
    """

    component: str
    backend: str
    data: str
    jobs: tuple[Job, ...]
    timed: tuple[Timed, ...] = ()


@dataclass(frozen=True)
class Mark:
    """One process, told from any later one that gets the same number.

    Attributes:
        pid: its number.
        started: when it started, in the system's own words.
    """

    pid: int
    started: str


@dataclass(frozen=True)
class Running:
    """How a job is doing.

    Attributes:
        fingerprint: of the job that is being run.
        process: None while none runs.
        since: when it was started, in seconds since the epoch.
        restarts: how often it was started again after it had ended by itself.
        failures: how often it ended in a row soon after its start.
        ended: how it ended last, in words; "" when it never did.
    """

    fingerprint: str
    process: Mark | None
    since: float
    restarts: int = 0
    failures: int = 0
    ended: str = ""


@dataclass(frozen=True)
class Turn:
    """How a timed program is doing. It is kept while no supervisor runs, so that a time that was missed is known.

    Attributes:
        cron: its times.
        since: the moment after which the next of them counts, in seconds since the epoch.
        process: None while none runs.
        began: when it was started last, in seconds since the epoch; 0 when it never was.
        ended: when it ended last; 0 when it never did.
        failure: what was wrong with how it ended, in words; "" when nothing was.
    """

    cron: str
    since: float
    process: Mark | None = None
    began: float = 0.0
    ended: float = 0.0
    failure: str = ""


@dataclass(frozen=True)
class State:
    """What the supervisor last wrote down.

    Attributes:
        supervisor: the process that wrote it.
        jobs: by the service's name.
    """

    supervisor: Mark
    jobs: Mapping[str, Running]


def backend_name(backend: Backend) -> str:
    """Name a backend as `Wanted` does."""
    return f"{backend.namespace}/{backend.service}"


def read_wanted(file: Path) -> Wanted | None:
    """Read the orders; None when there are none.

    Raises:
        SolakubeError: they cannot be read.
    """
    with _told(file):
        content = _read(file)
        if content is None:
            return None
        jobs = tuple(_made(Job, job, *_tuples(job, "command", "cleanup", "once", "ports")) for job in content["jobs"])
        timed = tuple(_made(Timed, entry, *_tuples(entry, "command")) for entry in content.get("timed", ()))
        return _made(Wanted, content, ("jobs", jobs), ("timed", timed))


def read_state(file: Path) -> State | None:
    """Read the state; None when there is none.

    Raises:
        SolakubeError: it cannot be read.
    """
    with _told(file):
        content = _read(file)
        if content is None:
            return None
        jobs = {name: _made(Running, job, ("process", _mark(job["process"]))) for name, job in content["jobs"].items()}
        return State(_made(Mark, content["supervisor"]), jobs)


def read_turns(file: Path) -> dict[str, Turn]:
    """Read how the timed programs were doing, by name.

    Raises:
        SolakubeError: it cannot be read.
    """
    with _told(file):
        content = _read(file) or {}
        return {name: _made(Turn, turn, ("process", _mark(turn["process"]))) for name, turn in content.items()}


def write_turns(file: Path, turns: Mapping[str, Turn]) -> None:
    """Write down how the timed programs are doing, as `write_record` does."""
    write_atomically(file, json.dumps({name: asdict(turn) for name, turn in turns.items()}, indent=1) + "\n")


def write_record(file: Path, record: Wanted | State) -> None:
    """Write orders or a state; a reader sees the old one or the new one, and nobody but the owner sees either."""
    write_atomically(file, json.dumps(asdict(record), indent=1) + "\n")


def write_atomically(file: Path, content: str) -> None:
    """Replace a file, readable by its owner alone, in one step that a crash cannot halve."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _read(file: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if not isinstance(content, dict):
        raise TypeError("it is no JSON object")
    return content


@contextlib.contextmanager
def _told(file: Path) -> Iterator[None]:
    """Say of a record that cannot be read which it is, and the way out."""
    try:
        yield
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SolakubeError(
            f"the record {file} cannot be read",
            f"{type(error).__name__}: {error}",
            "what runs goes on; move that file away and run `sk deploy` again, with the same COMPONENT_DATA_DIR if any",
        ) from None


def _made(kind: type[_T], content: Mapping[str, Any], *changes: tuple[str, Any]) -> _T:
    """Build a part of a record. What another version wrote beside what this one knows is passed over."""
    known = {entry.name for entry in fields(kind)}
    return kind(**{**{name: value for name, value in content.items() if name in known}, **dict(changes)})


def _mark(content: dict[str, Any] | None) -> Mark | None:
    return _made(Mark, content) if content else None


def _tuples(content: Mapping[str, Any], *names: str) -> list[tuple[str, tuple[Any, ...]]]:
    return [(name, tuple(content[name])) for name in names]
