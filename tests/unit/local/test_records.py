"""What the supervisor and `sk` tell each other, also across versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.local.state.recording import read_state, read_turns, read_wanted, write_record, write_turns
from solakube_core.local.state.records import Job, Mark, Running, State, Timed, Turn, Wanted

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


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "7", '{"component": 1}', '{"jobs": [1]}', "\0"])
def test_what_cannot_be_read_is_named_with_the_way_out(tmp_path: Path, content: str) -> None:
    file = tmp_path / "wanted.json"
    file.write_text(content)
    with pytest.raises(SolakubeError, match=r"wanted\.json cannot be read") as told:
        read_wanted(file)
    assert "what runs goes on" in str(told.value)
