"""The records as JSON files, across versions. Standard library only."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from solakube_core.errors import SolakubeError
from solakube_core.local.state.fitting import fits
from solakube_core.local.state.records import FORMAT, Job, Mark, Running, State, SupervisorProgram, Timed, Turn, Wanted

_Read = TypeVar("_Read")

_FIRST_FORMAT = {
    Wanted: ("component", "backend", "data", "jobs", "timed"),
    Job: ("name", "command", "environment", "cleanup", "once", "described", "ports", "fingerprint"),
}
"""The fields of the format that had no number. Its first readers end at any other."""


class _Record(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


_T = TypeVar("_T", bound=_Record)
_S = TypeVar("_S", Timed, Turn)


def read_wanted(file: Path) -> Wanted | None:
    """Read the orders; None when there are none.

    Raises:
        SolakubeError: they cannot be read.
    """
    with _told(file):
        content = _numbered(file)
        if content is None:
            return None
        jobs = tuple(_made(Job, job, *_tuples(job, "command", "cleanup", "once", "ports")) for job in content["jobs"])
        timed = tuple(_timed(entry) for entry in content.get("timed", ()))
        rest = (("supervisor", _supervisor(content)), ("files", tuple(content.get("files", ()))))
        return _made(Wanted, content, ("jobs", jobs), ("timed", timed), *rest)


def readable(read: Callable[[Path], _Read | None], file: Path) -> _Read | None:
    """Read a record by one of these functions; None also when it cannot be read."""
    with contextlib.suppress(SolakubeError):
        return read(file)
    return None


def read_supervisor(file: Path) -> SupervisorProgram | None:
    """Read from orders of any format, those of later ones included, who is to follow them; None where none is named."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
        return _supervisor(_read(file) or {})
    return None


def read_state(file: Path) -> State | None:
    """Read the state; None when there is none.

    Raises:
        SolakubeError: it cannot be read.
    """
    with _told(file):
        content = _numbered(file)
        if content is None:
            return None
        jobs = {name: _made(Running, job, ("process", _mark(job["process"]))) for name, job in content["jobs"].items()}
        return _made(State, content, ("supervisor", _made(Mark, content["supervisor"])), ("jobs", jobs))


def read_turns(file: Path) -> dict[str, Turn]:
    """Read how the timed programs were doing, by name.

    Raises:
        SolakubeError: it cannot be read.
    """
    with _told(file):
        content = _read(file) or {}
        return {name: _turn(turn) for name, turn in content.items()}


def _turn(content: Mapping[str, Any]) -> Turn:
    return _scheduled(_made(Turn, content, ("process", _mark(content["process"]))))


def write_turns(file: Path, turns: Mapping[str, Turn]) -> None:
    """Write down how the timed programs are doing, as `write_record` does."""
    write_atomically(file, json.dumps({name: asdict(turn) for name, turn in turns.items()}, indent=1) + "\n")


def write_record(file: Path, record: Wanted | State) -> None:
    """Write orders or a state; a reader sees the old one or the new one, and nobody but the owner sees either."""
    write_atomically(file, json.dumps({"format": FORMAT, **asdict(record)}, indent=1) + "\n")


def in_first_format(wanted: Wanted) -> Wanted:
    """Return what is left of orders when they are written in the first format."""
    jobs = tuple(_made(Job, _first(job)) for job in wanted.jobs)
    return _made(Wanted, _first(wanted), ("jobs", jobs))


def write_in_first_format(file: Path, wanted: Wanted) -> None:
    """Write orders for a supervisor that ends at every field that it does not know."""
    content = asdict(wanted)
    kept = {name: content[name] for name in _FIRST_FORMAT[Wanted]}
    jobs = [{name: job[name] for name in _FIRST_FORMAT[Job]} for job in content["jobs"]]
    write_atomically(file, json.dumps({**kept, "jobs": jobs}, indent=1) + "\n")


def write_atomically(file: Path, content: str) -> None:
    """Replace a file, readable by its owner alone, in one step that a crash cannot halve.

    Raises:
        OSError: it cannot be written; with its name.
    """
    try:
        _replace(file, content)
    except OSError as error:
        # A full disk names no file, and a temporary one tells nobody anything.
        raise OSError(error.errno, error.strerror, str(file)) from None


def _replace(file: Path, content: str) -> None:
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
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not isinstance(content, dict):
        raise TypeError("it is no JSON object")
    return content


def _numbered(file: Path) -> dict[str, Any] | None:
    content = _read(file)
    if content and content.get("format", FORMAT) > FORMAT:
        raise ValueError(f"a later version of sk wrote it (format {content['format']}; this one knows {FORMAT})")
    return content


def _timed(content: Mapping[str, Any]) -> Timed:
    return _scheduled(_made(Timed, content, *_tuples(content, "command")))


def _scheduled(record: _S) -> _S:
    # Most records have none, and its reader is not read for nothing.
    from solakube_core.cron import fault

    if why := fault(record.cron):
        raise ValueError(f"cron of {type(record).__name__.lower()} is no schedule: {why}")
    return record


def _supervisor(content: Mapping[str, Any]) -> SupervisorProgram | None:
    named = content.get("supervisor")
    return _made(SupervisorProgram, named, *_tuples(named, "command")) if named else None


def _first(record: Wanted | Job) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _FIRST_FORMAT[type(record)]}


@contextlib.contextmanager
def _told(file: Path) -> Iterator[None]:
    """Say of a record that cannot be read which it is, and the way out."""
    try:
        yield
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise SolakubeError(
            f"the record {file} cannot be read",
            f"{type(error).__name__}: {error}",
            "what runs goes on; use the sk that wrote it, or run `sk undeploy` and `sk deploy`: the data stays",
        ) from None


def _made(kind: type[_T], content: Mapping[str, Any], *changes: tuple[str, Any]) -> _T:
    """Build a part of a record. What another version wrote beside what this one knows is passed over.

    Raises:
        TypeError: a value is none that can stand there. It is not quoted, since it may be a secret.
    """
    types = {entry.name: str(entry.type) for entry in fields(kind)}
    made = {**{name: value for name, value in content.items() if name in types}, **dict(changes)}
    if wrong := [name for name, value in made.items() if not fits(value, types[name])]:
        raise TypeError(f"{wrong[0]} of {kind.__name__.lower()} is no {types[wrong[0]]}")
    return kind(**made)


def _mark(content: dict[str, Any] | None) -> Mark | None:
    return _made(Mark, content) if content else None


def _tuples(content: Mapping[str, Any], *names: str) -> list[tuple[str, tuple[Any, ...]]]:
    return [(name, tuple(content[name])) for name in names]
