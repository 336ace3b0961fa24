"""While somebody holds deletions nothing goes, whoever is to delete it; and that ends by itself."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from solakube_regtool.cli import main
from solakube_regtool.collect.collector import Collector
from solakube_regtool.collect.holding import deletions_held
from solakube_regtool.errors import RegtoolError
from solakube_regtool.storage.leases import HeldError, Leases
from solakube_regtool.storage.tree import Tree

from tests.model.moments import Scene
from tests.unit.regtool.collecting import age, blobs
from tests.unit.retention.trees import SmallTree

NOW = ("--grace=0s", "--untagged-grace=0s", "--undo-period=0")
HOLDER = """
import sys, time
from solakube_regtool.storage.leases import Leases
from solakube_regtool.storage.tree import Tree
with Leases(Tree(sys.argv[1])).holding("backup"):
    print("held", flush=True)
    sys.stdin.read()
"""

SLEEPER = """
import sys, time
from solakube_regtool.errors import RegtoolError
from solakube_regtool.storage import leases
from solakube_regtool.storage.tree import Tree
leases.LIMIT = 1.0
with leases.Leases(Tree(sys.argv[1])).holding("backup") as require:
    print("held", flush=True)
    try:
        while True:
            require()
            time.sleep(0.01)
    except RegtoolError as error:
        print(error)
"""


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    while not holds():
        time.sleep(0.02)


class Program:
    """The maintenance program on a tree with a tag and garbage."""

    def __init__(self, tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
        self.tree, self._capsys = tree, capsys
        tree.image("app", "1", [b"layer"])
        tree.image("app", "", [b"garbage"])
        age(tree)

    def __call__(self, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        assert main(["--data", str(self.tree.data), "--json", *arguments]) == code
        return [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]

    @property
    def leases(self) -> Leases:
        return Leases(Tree(str(self.tree.data)))


@pytest.fixture
def program(small_tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> Program:
    """On a small tree."""
    return Program(small_tree, capsys)


@pytest.fixture
def holder(program: Program) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds deletions."""
    command = [sys.executable, "-c", HOLDER, str(program.tree.data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def refused(program: Program, *arguments: str) -> None:
    before = blobs(program.tree)
    problem = program(*arguments, code=1)[-1]
    assert problem["what"] == "nothing may be deleted at this moment"
    assert problem["why"].startswith("backup (")
    assert blobs(program.tree) == before
    assert [record["name"] for record in program("list", "app")] == ["1"]


@pytest.mark.parametrize(
    "arguments",
    [("garbage-collect", *NOW), ("delete", "app:1"), ("forget-untagged", "--untagged-grace=0s"), ("prune", "--yes")],
)
def test_nothing_is_deleted_while_somebody_holds_it(
    program: Program, holder: subprocess.Popen[str], arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = json.dumps({"rules": [{"repositories": "*", "newer_than": "1s"}], "held": {}})
    monkeypatch.setattr(sys, "stdin", io.StringIO(policy))
    refused(program, *arguments)
    assert holder.stdin is not None
    holder.stdin.close()
    holder.wait(60)
    monkeypatch.setattr(sys, "stdin", io.StringIO(policy))
    program(*arguments)


def test_looking_goes_on(program: Program, holder: subprocess.Popen[str]) -> None:
    assert program("garbage-collect", *NOW, "--dry-run")[-1]["blobs"] == 3
    (lease,) = program("hold")
    assert (lease["name"], lease["process"]) == ("backup", holder.pid)


def test_a_killed_holder_holds_nothing(program: Program, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait(60)
    assert program("garbage-collect", *NOW)[-1]["blobs"] == 3
    with program.leases.holding("backup") as require:
        require()


def test_there_is_one_holder_of_a_name(program: Program, holder: subprocess.Popen[str]) -> None:
    at_work = f"backup is at work already.*process {holder.pid}"
    with pytest.raises(HeldError, match=at_work), program.leases.holding("backup"):
        pass
    with pytest.raises(HeldError, match="backup is at work already"):
        program.leases.take("backup", 60)
    with program.leases.holding("move"):
        assert [lease.name for lease in program.leases.held()] == ["backup", "move"]


def test_who_stands_still_for_too_long_holds_nothing_and_is_told(program: Program) -> None:
    command = [sys.executable, "-c", SLEEPER, str(program.tree.data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.send_signal(signal.SIGSTOP)
        eventually(lambda: program.leases.held() == [])
        process.send_signal(signal.SIGCONT)
        assert "deletions were not held all the time" in process.stdout.read()


def test_a_lease_that_somebody_ended_is_told(program: Program) -> None:
    with program.leases.holding("backup") as require:
        assert program.leases.end("backup")
        with pytest.raises(RegtoolError, match="somebody ended it"):
            require()


def test_a_lease_of_no_process_lasts_as_long_as_told(program: Program) -> None:
    program("hold", "restic", "--for=1h")
    (lease,) = program.leases.held()
    assert lease.until == pytest.approx(time.time() + 3600, abs=60)
    program("hold", "restic", "--for=2h")
    (lease,) = program.leases.held()
    assert lease.until == pytest.approx(time.time() + 7200, abs=60)
    program("delete", "app:1", code=1)
    moment = time.time() - 7201
    os.utime(program.tree.root / "_solakube/leases/restic", (moment, moment))
    program("delete", "app:1")


@pytest.mark.parametrize("ours", [True, False])
def test_a_clock_that_is_set_back_prolongs_none(program: Program, ours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    program("hold", "restic", "--for=1h")
    ahead = time.time() + 365 * 86400
    os.utime(program.tree.root / "_solakube/leases/restic", (ahead, ahead))
    if not ours:
        monkeypatch.setattr(os, "utime", _not_permitted)
    (lease,) = program.leases.held()
    assert lease.until == pytest.approx(time.time() + 3600, abs=60)
    modified = (program.tree.root / "_solakube/leases/restic").stat().st_mtime
    assert (modified < time.time() + 60) is ours


def _not_permitted(*_: object) -> None:
    raise PermissionError


def test_it_can_be_ended_and_that_it_had_lapsed_is_told(program: Program) -> None:
    program("hold", "restic")
    assert program("hold", "restic", "--end") == []
    (problem,) = program("hold", "restic", "--end", code=1)
    assert "lapsed" in problem["why"]


@pytest.mark.parametrize("arguments", [("--end",), ("Restic",), ("../lock",), ("restic", "--for=soon")])
def test_what_is_no_lease_is_refused(program: Program, arguments: tuple[str, ...]) -> None:
    assert program("hold", *arguments, code=1)[-1]["type"] == "problem"
    assert program.leases.held() == []


def test_a_collection_that_waits_gives_way_to_a_backup(program: Program) -> None:
    """It waits for what was used within the last hour: a backup need not."""
    command = [sys.executable, "-m", "solakube_regtool", "--data", str(program.tree.data), "--json"]
    command += ["garbage-collect", "--wait", "--untagged-grace=0s", "--undo-period=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as collection:
        assert collection.stdout is not None
        for line in collection.stdout:
            if '"grace period' in line:
                break
        with deletions_held(Tree(str(program.tree.data)), "backup"):
            report = json.loads(collection.stdout.read().splitlines()[-1])
    assert (report["blobs"], report["postponed"], report["gave_way"]) == (0, 3, True)
    assert "somebody holds deletions" in report["summary"]


def test_a_scheduled_run_waits(program: Program, holder: subprocess.Popen[str]) -> None:
    command = [sys.executable, "-m", "solakube_regtool", "--data", str(program.tree.data), "--json", "maintain"]
    order = json.dumps({"rules": [], "grace": "0s", "untagged_grace": "0s", "undo_period": "0"})
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        run.stdin.write(order)
        run.stdin.close()
        assert "waiting: backup (" in run.stdout.readline()
        holder.kill()
        assert json.loads(run.stdout.read().splitlines()[-1])["blobs"] == 3


def test_a_collection_frees_nothing_once_deletions_are_held(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "data", Collector)
    content = scene.unneeded(b"layer")
    scene.begin(until="grace period", wait=True)
    Leases(scene.world.tree).take("backup", 60)
    scene.go_on()
    assert scene.has(content)
    Leases(scene.world.tree).end("backup")
    scene.begin(wait=True)
    assert not scene.has(content)
