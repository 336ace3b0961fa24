"""How a program is run, and what of it others may see."""

from __future__ import annotations

from pathlib import Path

import pytest

from solakube_core.local.folders import Folders
from solakube_core.local.orders import orders
from solakube_core.local.programs import find
from solakube_core.local.records import write_record
from solakube_core.local.texts import changes
from solakube_core.model import Backend, Layout, Plan, Service

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
