"""How a program is run, and what of it others may see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.local.apply.orders import orders
from solakube_core.local.apply.texts import changes
from solakube_core.local.data.folders import Folders
from solakube_core.local.machine import programs
from solakube_core.local.machine.programs import find
from solakube_core.local.state.recording import write_record
from solakube_core.model import Backend, Layout, Plan, Program, Schedule, Service

SECRET = "not for everybody"


def _service(secret: str = SECRET) -> Service:
    return Service(
        name="cache", binary="", candidates=("sh",), image="", arguments=(), environment={"PASSWORD": secret},
        files=(), port=0, settings=(),
    )  # fmt: skip


def test_a_secret_in_the_environment_is_on_no_command_line_of_docker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}")
    service = Service(
        name="cache", binary="", candidates=("cache",), image="cache:1", arguments=(),
        environment={"PASSWORD": SECRET}, files=(), port=0, settings=(),
    )  # fmt: skip
    found = find(service, Layout("/data", "/config"), "cache")
    assert SECRET not in " ".join([*found.command, *found.once])
    assert found.environment["PASSWORD"] == SECRET
    assert "PASSWORD" in found.command


def test_a_server_is_found_where_no_path_of_a_user_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("sbin", "bin"):
        tmp_path.joinpath(folder).mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(programs, "_SERVERS_PATH", str(tmp_path / "sbin"))
    for folder in ("sbin", "bin"):
        program = tmp_path / folder / "cached"
        program.touch(0o755)
        assert find(replace(_service(), candidates=("cached",)), Layout("/", "/"), "cache").once == (str(program),)


def test_a_secret_in_the_environment_is_in_no_difference(tmp_path: Path) -> None:
    where = Folders(tmp_path / "state", tmp_path / "data")
    where.state.mkdir()
    before, after = (
        orders(
            Plan("cache", (), (_service(value),), Backend("cache", "cache", 0, "cache", {}, 0)),
            where,
            "local",
        )
        for value in (SECRET, "hush-hush")
    )
    write_record(where.wanted, before.wanted)
    shown = " ".join(line for change in changes(where, after) for line in (change.subject, *change.lines))
    assert "restarted" in shown
    assert SECRET not in shown
    assert "hush-hush" not in shown


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo another 1.0", "another 1.0"),
        ("exit 1", "said: nothing"),
        ("echo not on your life >&2; exit 3", "not on your life"),
        ("cat", "said: nothing"),
    ],
)
def test_a_program_that_is_not_the_right_one_is_refused(script: str, said: str, tmp_path: Path) -> None:
    program = _program(tmp_path / "cache", script)
    with pytest.raises(SolakubeError, match="is not what cache needs") as told:
        find(_asked(program), Layout("/data", "/config"), "cache")
    assert said in str(told.value)
    assert "CACHE_BINARY" in str(told.value)


@pytest.mark.parametrize("stream", ["", ">&2"])
def test_the_right_program_tells_its_version(stream: str, tmp_path: Path) -> None:
    program = _program(tmp_path / "cache", f"echo /opt/cache example.com/cache/v3 v3.1.2 {stream}")
    assert find(_asked(program), Layout("/data", "/config"), "cache").told == "v3.1.2"


def _asked(program: Path) -> Service:
    return replace(_service(), binary=str(program), told=r"example\.com/cache\S* (\S+)", settings=("CACHE_BINARY",))


def _program(file: Path, script: str) -> Path:
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


def test_the_shell_that_deploys_changes_no_schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program("cache", "python", ("-m", "upkeep"), "cache", {}, "tool")
    backend = Backend("cache", "cache", 0, "cache", {}, 0)
    plan = Plan("cache", (), (_service(),), backend, schedules=(Schedule("upkeep", "0 3 * * *", program, ()),))
    where = Folders(tmp_path / "state", tmp_path / "data")
    before = orders(plan, where, "local").wanted.timed
    for name, value in (("PATH", f"/usr/bin:/bin:{tmp_path}"), ("LANG", "de_DE.UTF-8"), ("TMPDIR", str(tmp_path))):
        monkeypatch.setenv(name, value)
    assert orders(plan, where, "local").wanted.timed == before
    assert before
