"""`sk` of another version takes over a registry that goes on: no push is refused, and nothing is restarted."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from solakube_core.local.machine.processes import alive, tell
from tests.e2e.local.machine import Machine
from tests.e2e.local.versions import earlier, later
from tests.e2e.support.waiting import eventually

# What keeps a registry up does not look at its line: each line meets one of the two ways.
FIRST_FORMAT = [
    pytest.param("62a4f21", "2.8", id="ends at every field that it does not know"),
    pytest.param("e674fe0", "3", id="passes them over"),
]


@contextmanager
def pushes(machine: Machine) -> Iterator[list[str]]:
    """Push one image after the other meanwhile; yields what was pushed so far, and fails when one is refused."""
    pushed: list[str] = []
    refused: list[BaseException] = []
    over = threading.Event()

    def work(client: int) -> None:
        own = replace(machine, home=machine.home / f"client {client}")
        own.home.mkdir()
        own.crane = replace(machine.crane, home=own.home)
        try:
            for number in itertools.count():
                if over.is_set():
                    return
                name = f"load-{client}:{number}"
                own.push(name, {"content": os.urandom(100_000)})
                pushed.append(name)
        except BaseException as error:
            refused.append(error)

    threads = [threading.Thread(target=work, args=(client,)) for client in range(2)]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: bool(pushed or refused), "something is pushed")
        yield pushed
        seen = len(pushed)
        eventually(lambda: len(pushed) > seen + 2 or bool(refused), "pushes go on")
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert not refused, refused


def of_version(machine: Machine, sk: Path) -> Machine:
    """The same user with another `sk`."""
    return replace(machine, runner=replace(machine.runner, program=sk))


@pytest.mark.parametrize(("commit", "machine"), FIRST_FORMAT, indirect=["machine"])
def test_an_upgrade_from_the_first_format_refuses_no_push(commit: str, machine: Machine, tmp_path: Path) -> None:
    before = of_version(machine, earlier(commit, tmp_path / "earlier"))
    before.deploy()
    registry, supervisor = machine.registry(), machine.supervisor()
    with pushes(machine) as pushed:
        told = machine.deploy()
        assert "of an earlier version, it stays until registry itself has to be restarted" in told
        machine.environment["REGISTRY_GC_SCHEDULE"] = "30 3 * * *"
        machine.deploy()
        assert "of an earlier version" in machine.deploy()
    assert (machine.registry(), machine.supervisor()) == (registry, supervisor)
    assert "an earlier version, not that of sk" in machine.sk("status", "registry").ok()

    machine.environment["REGISTRY_READ_ONLY"] = "Y"
    machine.deploy()
    assert machine.supervisor() != supervisor
    assert "earlier version" not in machine.sk("status", "registry").ok()
    assert all(map(machine.pulls, pushed))


@pytest.mark.parametrize(("direction", "machine"), [("upgrade", "3"), ("downgrade", "2.8")], indirect=["machine"])
def test_a_supervisor_becomes_that_of_another_version_and_no_push_is_refused(
    direction: str, machine: Machine, tmp_path: Path
) -> None:
    other = of_version(machine, later(tmp_path / "later"))
    first, second = (machine, other) if direction == "upgrade" else (other, machine)
    first.deploy()
    registry, supervisor = machine.registry(), machine.supervisor()
    with pushes(machine) as pushed:
        assert "what it runs went on" in second.deploy()
    assert (machine.registry(), machine.supervisor()) == (registry, supervisor)
    told = second.sk("status", "registry").ok()
    assert "not that of sk" not in told
    assert "not that of sk" in first.sk("status", "registry").ok()
    assert "nothing to change" in second.deploy()
    assert all(map(machine.pulls, pushed))

    # It looks after what it did not start itself.
    assert tell(registry, signal.SIGKILL)
    eventually(lambda: machine.registry() not in (None, registry), "another registry is started")
    again = machine.registry()
    second.sk("undeploy", "registry", "--yes").ok()
    assert not alive(again)
    assert not alive(supervisor)
