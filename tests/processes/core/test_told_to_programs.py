"""A component with a service and a schedule on this machine: what a deployment and a status tell of it to programs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from solakube_core.local.supervise.succession import own_version
from tests.e2e.local.machine import free_ports
from tests.unit.core.installing import Sk, install

TICK = """
import os

@hookimpl
def components():
    return [Component("tick", "Serves an empty folder.")]

@hookimpl
def deploy(component):
    if component != "tick":
        return None
    port, hour = int(os.environ["TEST_PORT"]), os.environ["TEST_HOUR"]
    serve = ("-m", "http.server", "--bind", "127.0.0.1", str(port))
    page = File("page.txt", f"port {port}\\n", secret=False)
    service = Service("tick", "", ("python",), "", serve, {}, (page,), port)
    program = Program("tick", "python", ("-c", "pass"), "tick", {}, "tick")
    backend = Backend("tick", "tick", port, "tick", {}, port)
    return Plan("tick", (), (service,), backend, schedules=(Schedule("yearly", f"0 {hour} 1 1 *", program, ()),))
"""


@pytest.fixture
def tick(sk: Sk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sk]:
    """`sk` with the component deployed; it is removed after the test."""
    install(tmp_path, "tick", TICK)
    monkeypatch.setenv("TEST_PORT", str(free_ports()))
    monkeypatch.setenv("TEST_HOUR", "3")
    try:
        done = sk("deploy", "tick")
        assert done.code == 0, done.err
        assert done.out.startswith("tick is ready at http://127.0.0.1:")
        yield sk
    finally:
        assert sk("undeploy", "tick", "--yes", "--delete-data").code == 0


def facts(sk: Sk) -> dict[str, Any]:
    told = sk("status", "tick", "-o", "json")
    assert told.code == 0, told.out
    return {fact["subject"]: fact for fact in json.loads(told.out)["items"]}


def test_a_status_tells_programs_what_it_tells_people(tick: Sk) -> None:
    found = facts(tick)
    supervisor, service, schedule = (found[name]["figures"] for name in ("supervisor", "tick", "schedule yearly"))
    assert found["sk"]["figures"] == {"version": own_version()}
    assert supervisor["version"] == own_version()
    assert Path(f"/proc/{supervisor['pid']}").exists()
    assert service["restarts"] == 0
    assert b"http.server" in Path(f"/proc/{service['pid']}/cmdline").read_bytes()
    age = datetime.now(UTC) - datetime.fromisoformat(service["since"])
    assert -2 < age.total_seconds() < 600
    assert schedule["cron"] == "0 3 1 1 *"
    assert schedule["began"] is None
    assert datetime.fromisoformat(schedule["next"]) > datetime.now(UTC)
    assert found["address"]["figures"]["url"] == f"http://127.0.0.1:{os.environ['TEST_PORT']}"
    data = found["data"]["figures"]
    disk = os.statvfs(data["folder"])
    assert data["total_bytes"] == disk.f_blocks * disk.f_frsize
    assert 0 < data["free_bytes"] <= data["total_bytes"]


def test_a_deployment_tells_what_it_changed(tick: Sk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tick("deploy", "tick").out.startswith("tick is ready at")  # Nothing was changed.
    before, after = os.environ["TEST_PORT"], str(free_ports())
    monkeypatch.setenv("TEST_PORT", after)
    monkeypatch.setenv("TEST_HOUR", "4")
    done = tick("deploy", "tick")
    assert done.code == 0, done.err
    told = done.out.splitlines()
    summary = told[: next(at for at, line in enumerate(told) if line.startswith("tick is ready at"))]
    assert [line for line in summary if not line.startswith(" ")] == [
        f"~ file {Path.home()}/.local/state/solakube/local/tick/config/page.txt: update",
        "~ service tick: update",
        "~ schedule yearly: update",
    ]
    assert [f"    -port {before}", f"    +port {after}"] == summary[1:3]
    assert any(line.startswith("    -") and "0 3 1 1 *" in line for line in summary)
    assert any(line.startswith("    +") and "0 4 1 1 *" in line for line in summary)


def test_programs_get_the_changes_as_they_get_a_difference(tick: Sk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_HOUR", "5")
    difference = json.loads(tick("diff", "tick", "-o", "json").out)["items"]
    (item,) = json.loads(tick("deploy", "tick", "-o", "json").out)["items"]
    assert item["changes"] == [change for change in difference if change["action"] != "unchanged"]
    assert [change["subject"] for change in item["changes"]] == ["schedule yearly"]
    (again,) = json.loads(tick("deploy", "tick", "-o", "json").out)["items"]
    assert again["changes"] == []
