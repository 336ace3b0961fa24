"""Maintenance that runs by itself on one machine, at a real minute of a real clock."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families
from solakube_regtool.collect.lock import RunLock
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.workspace import Workspace

from solakube_core.local.machine.processes import alive, tell
from solakube_core.local.state.recording import read_turns, write_turns
from tests.e2e.local.machine import Machine
from tests.e2e.support.waiting import PATIENCE, eventually

LARGE = 3 << 20
EVERY_MINUTE = {
    "REGISTRY_GC_SCHEDULE": "* * * * *",
    "REGISTRY_GC_GRACE": "1s",
    "REGISTRY_UNDO_PERIOD": "0",
    "REGISTRY_RETENTION_KEEP_LAST": "1",
}


def figures(machine: Machine) -> Mapping[str, float]:
    """What Prometheus would scrape, on the port after the registry's own metrics."""
    url = f"http://127.0.0.1:{int(machine.environment['REGISTRY_PORT']) + 2}/metrics"
    with urllib.request.urlopen(url, timeout=PATIENCE) as page:
        families = text_string_to_metric_families(page.read().decode())
        return {sample.name: sample.value for family in families for sample in family.samples}


def test_a_minute_comes_and_what_is_not_kept_goes(machine_3: Machine) -> None:
    machine_3.deploy()
    for tag in ("doomed", "last"):
        machine_3.push(f"team/app:{tag}", {tag: os.urandom(LARGE)})
    # Not earlier: with this grace period a run in the middle of a push would have it refused.
    backup = machine_3.home / "backup"
    backup.mkdir()
    own = {"REGISTRY_BACKUP_TO": str(backup), "REGISTRY_BACKUP_SCHEDULE_DAILY": "* * * * *"}
    machine_3.environment |= {**EVERY_MINUTE, **own}
    machine_3.deploy()
    eventually(lambda: not machine_3.pulls("team/app:doomed"), "the tag is pruned")
    eventually(lambda: figures(machine_3).get("solakube_garbage_collect_freed_bytes", 0) > LARGE, "it is freed")
    assert machine_3.pulls("team/app:last")
    told = machine_3.sk("status", "registry").ok()
    assert "schedule maintenance: waiting (* * * * *, last run " in told
    assert "prune: deleted" in told
    assert "garbage-collect: freed" in told
    eventually(lambda: figures(machine_3).get("solakube_backup_tags", 0) > 0, "a backup is taken")
    assert " UTC: backup: " in machine_3.sk("status", "registry").ok()
    (moment, *_) = json.loads(machine_3.sk("registry", "backup", "list", str(backup), "-o", "json").ok())["items"]
    assert moment["tags"] >= 1


def miss(machine: Machine) -> None:
    """Let the schedule have missed a time, which the next supervisor makes up."""
    turns = machine.state / "turns.json"
    eventually(turns.exists, "the schedule is taken up")
    supervisor = machine.supervisor()
    tell(supervisor, signal.SIGKILL)
    eventually(lambda: not alive(supervisor), "it writes no more")
    turn = read_turns(turns)["maintenance"]
    write_turns(turns, {"maintenance": replace(turn, since=turn.since - 366 * 86400)})


def test_a_run_that_fails_is_told_with_its_reason_and_its_log(machine_3: Machine) -> None:
    machine_3.environment |= {**EVERY_MINUTE, "REGISTRY_GC_SCHEDULE": "@yearly"}
    machine_3.deploy()
    machine_3.push("app:1", {"file": b"1"})
    workspace = Workspace(Tree(str(machine_3.data)))
    workspace.prepare()
    lock = RunLock(workspace)
    lock.take()
    miss(machine_3)
    machine_3.deploy()
    failed = "! schedule maintenance: failed (it ended with exit code 1; log: "
    eventually(lambda: failed in machine_3.sk("status", "registry").stdout, "the run has failed")
    lock.release()
    told = machine_3.sk("status", "registry").stdout
    assert failed in told
    assert "garbage-collect failed: another run is at work on this volume" in told
    assert "another run is at work" in machine_3.state.joinpath("maintenance.log").read_text()


def test_a_missed_time_is_made_up_and_a_schedule_taken_away_runs_no_more(machine_3: Machine) -> None:
    machine_3.environment |= {**EVERY_MINUTE, "REGISTRY_GC_SCHEDULE": "@yearly"}
    assert "schedule maintenance" in machine_3.sk("deploy", "registry", "--dry-run").ok()
    machine_3.deploy()
    miss(machine_3)
    turns, began = machine_3.state / "turns.json", time.time()
    machine_3.deploy()
    eventually(lambda: read_turns(turns)["maintenance"].ended >= began, "the missed time is made up")

    machine_3.environment["REGISTRY_GC_SCHEDULE"] = ""
    machine_3.deploy()
    eventually(lambda: read_turns(turns) == {}, "the schedule is forgotten")
    assert "schedule maintenance" not in machine_3.sk("status", "registry").ok()
