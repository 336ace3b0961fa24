"""Records of every format that was ever written: each is read by this version, and by readers as strict as its own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.local.state.recording import (
    in_first_format,
    read_state,
    read_supervisor,
    read_turns,
    read_wanted,
    write_in_first_format,
    write_record,
)
from solakube_core.local.state.records import FORMAT, SupervisorProgram

FORMATS = Path(__file__).with_name("formats")
PROGRAM = SupervisorProgram(("python", "-m", "supervisor", "/state"), "1+2")


def test_there_is_a_sample_of_every_format() -> None:
    assert sorted(folder.name for folder in FORMATS.iterdir()) == [str(number + 1) for number in range(FORMAT)]


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_every_format_is_read(number: int) -> None:
    folder = FORMATS / str(number)
    wanted, state = read_wanted(folder / "wanted.json"), read_state(folder / "state.json")
    assert wanted is not None
    assert state is not None
    assert (wanted.data, [job.name for job in wanted.jobs]) == ("/srv/images", ["registry", "regtool"])
    assert wanted.jobs[0].ports == (5000, 5001)
    assert wanted.jobs[0].environment["HOME"] == "/home/me"
    assert wanted.timed[0].cron == "30 3 * * *"
    assert (state.supervisor.pid, state.jobs["registry"].restarts) == (4711, 1)
    assert state.jobs["regtool"].process is None
    assert read_turns(folder / "turns.json")["registry-maintenance"].began == 1799990000.0
    assert bool(wanted.supervisor) == bool(state.version) == (number > 1)


def test_orders_for_a_supervisor_of_the_first_format_have_its_fields_alone(tmp_path: Path) -> None:
    first, latest = FORMATS / "1/wanted.json", read_wanted(FORMATS / str(FORMAT) / "wanted.json")
    assert latest is not None
    write_in_first_format(tmp_path / "wanted.json", latest)
    written, sample = json.loads((tmp_path / "wanted.json").read_text()), json.loads(first.read_text())
    assert written.keys() == sample.keys()
    assert [job.keys() for job in written["jobs"]] == [job.keys() for job in sample["jobs"]]
    assert read_wanted(tmp_path / "wanted.json") == in_first_format(latest) == replace(latest, supervisor=None)


@pytest.mark.parametrize("name", ["wanted.json", "state.json"])
def test_a_format_to_come_is_told_as_such(name: str, tmp_path: Path) -> None:
    content = json.loads((FORMATS / str(FORMAT) / name).read_text())
    (tmp_path / name).write_text(json.dumps({**content, "format": FORMAT + 1}))
    with pytest.raises(SolakubeError, match=rf"a later version of sk wrote it \(format {FORMAT + 1}"):
        (read_wanted if name == "wanted.json" else read_state)(tmp_path / name)


def test_who_is_to_follow_orders_is_read_from_any_format(tmp_path: Path) -> None:
    file = tmp_path / "wanted.json"
    assert read_supervisor(file) is None
    file.write_text('{"format": 99, "jobs": "no list", "supervisor": {"command": ["sk"], "version": "9", "nice": 1}}')
    assert read_supervisor(file) == SupervisorProgram(("sk",), "9")
    for unreadable in ("", "[]", '{"supervisor": 1}', '{"supervisor": {}}'):
        file.write_text(unreadable)
        assert read_supervisor(file) is None


def test_the_number_is_written(tmp_path: Path) -> None:
    wanted = read_wanted(FORMATS / "1/wanted.json")
    assert wanted is not None
    write_record(tmp_path / "wanted.json", replace(wanted, supervisor=PROGRAM))
    assert json.loads((tmp_path / "wanted.json").read_text())["format"] == FORMAT
    assert read_wanted(tmp_path / "wanted.json") == replace(wanted, supervisor=PROGRAM)
