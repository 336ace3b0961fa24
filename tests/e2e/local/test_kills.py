"""Processes that are killed: nothing is lost, and what should run comes back."""

from __future__ import annotations

import os
import signal
import time

from solakube_core.local.machine.processes import alive, tell
from tests.e2e.local.machine import Machine
from tests.e2e.support.waiting import eventually


def test_a_killed_registry_comes_back_by_itself(machine_3: Machine) -> None:
    machine_3.deploy()
    machine_3.push("app:1", {"a": os.urandom(1000)})
    killed = machine_3.registry()
    assert tell(killed, signal.SIGKILL)
    eventually(lambda: machine_3.registry() not in (None, killed) and machine_3.pulls("app:1"), "another one serves")
    told = machine_3.sk("status", "registry").ok()
    assert "started again 1 time, the last one ended by SIGKILL" in told


def test_a_killed_supervisor_is_told_and_replaced_by_the_next_deployment(machine_3: Machine) -> None:
    machine_3.deploy()
    machine_3.push("app:1", {"a": os.urandom(1000)})
    left = machine_3.registry()
    assert tell(machine_3.supervisor(), signal.SIGKILL)
    told = machine_3.sk("status", "registry")
    assert told.exit_code == 1
    assert "supervisor: not running" in told.stdout
    assert "sk deploy registry" in told.stdout
    told = machine_3.sk("diff", "registry", "--exit-code")
    assert told.exit_code == 1
    assert "supervisor: create" in told.stdout
    assert "started again" in told.stdout

    machine_3.deploy()
    assert machine_3.pulls("app:1")
    assert not alive(left)
    machine_3.sk("status", "registry").ok()


def test_both_killed_at_once(machine_3: Machine) -> None:
    machine_3.deploy()
    machine_3.push("app:1", {"a": os.urandom(1000)})
    processes = machine_3.registry(), machine_3.supervisor()
    for process in processes:
        tell(process, signal.SIGKILL)
    eventually(lambda: not any(alive(process) for process in processes), "both are gone")
    machine_3.deploy()
    assert machine_3.pulls("app:1")


def test_undeploying_ends_what_a_killed_supervisor_left(machine_3: Machine) -> None:
    machine_3.deploy()
    left = machine_3.registry()
    tell(machine_3.supervisor(), signal.SIGKILL)
    machine_3.sk("undeploy", "registry", "--yes").ok()
    assert not alive(left)


def test_a_deployment_killed_at_any_moment_is_finished_by_the_next(machine_3: Machine) -> None:
    for moment in (0.25, 0.3, 0.35, 0.4, 0.5):
        deploying = machine_3.runner.start("deploy", "registry", env=machine_3.environment)
        time.sleep(moment)
        deploying.kill()
        deploying.communicate()
        machine_3.deploy()
        machine_3.push("app:1", {"a": b"a"})
        assert machine_3.pulls("app:1")
        machine_3.sk("undeploy", "registry", "--yes").ok()
