"""What the supervisor and `sk` tell each other, also across versions."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.local.machine.processes import alive
from solakube_core.local.state.recording import read_state, read_turns, read_wanted, write_record, write_turns
from solakube_core.local.state.records import Job, Mark, Running, State, SupervisorProgram, Timed, Turn, Wanted
from solakube_core.local.supervise.timetable import next_time
from solakube_core.wording import moment

JOB = Job("registry", ("registry", "serve"), {"PATH": "/bin"}, (), ("registry",), "registry", (5000, 5001), "1")
WANTED = Wanted("registry", "registry/registry", "/data", (JOB,), (Timed("nightly", "0 3 * * *", ("true",), {}),))
STATE = State(Mark(1, "boot/1"), {"registry": Running("1", Mark(2, "boot/2"), 3.0)})
TURNS = {"nightly": Turn("0 3 * * *", 1.0, Mark(4, "boot/4"))}


def test_what_a_later_version_adds_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    write_record(file, WANTED)
    content = json.loads(file.read_text())
    for part in (content, *content["jobs"], *content["timed"]):
        part["later"] = {"nice": 0}
    file.write_text(json.dumps(content))
    assert read_wanted(file) == WANTED
    write_record(file, STATE)
    content = json.loads(file.read_text())
    for part in (content, content["supervisor"], content["jobs"]["registry"], content["jobs"]["registry"]["process"]):
        part["later"] = 1
    file.write_text(json.dumps(content))
    assert read_state(file) == STATE
    write_turns(file, TURNS)
    content = json.loads(file.read_text())
    content["nightly"]["later"] = content["nightly"]["process"]["later"] = 1
    file.write_text(json.dumps(content))
    assert read_turns(file) == TURNS


UNREADABLE = ["", "{", "[]", "null", "7", '{"component": 1}', '{"jobs": [1]}', "\0", "[" * 100_000, "1" * 5000]


@pytest.mark.parametrize("content", UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_cannot_be_read_is_named_with_the_way_out(tmp_path: Path, content: str) -> None:
    file = tmp_path / "wanted.json"
    file.write_text(content)
    with pytest.raises(SolakubeError, match=r"wanted\.json cannot be read") as told:
        read_wanted(file)
    assert "what runs goes on" in str(told.value)


def _places(content: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the way to each value of a JSON document, but for those of an environment, which may be any text."""
    entries = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in entries:
        yield (*path, key)
        yield from _places(value, (*path, key))


def _changed(content: Any, path: tuple[str | int, ...], value: Any) -> Any:
    made = json.loads(json.dumps(content))
    at = made
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return made


FULL = Wanted("registry", "a/b", "/data", WANTED.jobs, WANTED.timed, SupervisorProgram(("python",), "1"), "http://a")
ODD = [None, "", -1, 0, 10**400, 1e300, float("nan"), float("inf"), True, [], {}, [None], {"a": None}, "a\0", "\ud800"]


def _write_wanted(file: Path) -> None:
    write_record(file, FULL)


def _write_state(file: Path) -> None:
    write_record(file, STATE)


def _write_turns(file: Path) -> None:
    write_turns(file, TURNS)


def _use(record: Any) -> None:
    """Do with what was read what `sk` and the supervisor do."""
    if isinstance(record, Wanted):
        Path(record.data).exists()
        assert isinstance(f"{record.url}{record.address}", str)
        [Path(word).exists() for job in record.jobs for word in job.command]
    if isinstance(record, State):
        [(moment(running.since), alive(running.process)) for running in record.jobs.values()]
    if isinstance(record, dict):
        [(next_time(turn), moment(turn.began), moment(turn.ended), alive(turn.process)) for turn in record.values()]


@pytest.mark.parametrize(
    ("write", "read"), [(_write_wanted, read_wanted), (_write_state, read_state), (_write_turns, read_turns)]
)
def test_whatever_stands_in_a_record_it_can_be_used_or_is_told(
    write: Callable[[Path], None], read: Callable[[Path], Any], tmp_path: Path
) -> None:
    file = tmp_path / "record.json"
    write(file)
    content = json.loads(file.read_text())
    for path in _places(content):
        for value in ODD:
            file.write_text(json.dumps(_changed(content, path, value)))
            # Anything else that is raised would end `sk` or the supervisor.
            with contextlib.suppress(SolakubeError):
                _use(read(file))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("data",), None),
        (("jobs", 0, "ports"), ["5000"]),
        (("jobs", 0, "ports"), [70000]),
        (("jobs", 0, "command"), [1]),
        (("jobs", 0, "environment"), {"PASSWORD": 7}),
        (("timed", 0, "cron"), "every night"),
    ],
)
def test_orders_that_no_supervisor_could_follow_are_none(
    path: tuple[str | int, ...], value: Any, tmp_path: Path
) -> None:
    file = tmp_path / "wanted.json"
    write_record(file, FULL)
    file.write_text(json.dumps(_changed(json.loads(file.read_text()), path, value)))
    with pytest.raises(SolakubeError, match=r"wanted\.json cannot be read") as told:
        read_wanted(file)
    assert str(path[-1]) in str(told.value)


def test_a_folder_that_may_not_be_written_is_told_with_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"wanted\.json'$"):
        write_record(tmp_path / "gone/wanted.json", FULL)


def test_a_secret_of_a_record_is_not_quoted(tmp_path: Path) -> None:
    file = tmp_path / "wanted.json"
    write_record(file, FULL)
    content = _changed(json.loads(file.read_text()), ("jobs", 0, "environment"), {"PASSWORD": ["unmistakable"]})
    file.write_text(json.dumps(content))
    with pytest.raises(SolakubeError) as told:
        read_wanted(file)
    assert "unmistakable" not in str(told.value)
