"""A load on a volume that keeps no access times: pushes may be refused there, but nothing is damaged."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.e2e.maintenance import volumes
from tests.e2e.maintenance.load import Crane, assert_nothing_damaged, load
from tests.e2e.maintenance.registries import RunningRegistry, collected, regtool, regtool_command, running
from tests.e2e.testbed.provisioner import Provisioner

SECONDS = 15.0

VOLUMES: dict[str, Callable[[Path, str], AbstractContextManager[Path]]] = {
    "ext4": volumes.ext4,
    "tmpfs": volumes.memory,
}


@pytest.fixture(params=VOLUMES)
def running_registry(
    request: pytest.FixtureRequest, registry_program: Path, tmp_path: Path
) -> Iterator[RunningRegistry]:
    """A registry of either line on a volume that is mounted noatime."""
    with VOLUMES[request.param](tmp_path, "noatime") as data, running(registry_program, data, tmp_path) as registry:
        yield registry


@pytest.fixture
def client(provisioner: Provisioner, running_registry: RunningRegistry) -> Crane:
    """Crane on that registry."""
    return Crane(provisioner.program("crane"), running_registry)


def test_nothing_is_damaged_and_refusals_are_counted_and_explained(client: Crane, layers: list[Path]) -> None:
    """What is in `outcome.unavailable` was put back by the collection that had moved it, or by the next one."""
    outcome = load(client, layers, SECONDS)
    collected(client.registry)
    assert_nothing_damaged(client, outcome)
    assert outcome.pushes > 0
    assert {report["keeps_access_times"] for report in outcome.reports} == {False}
    assert all(report["refused"] is not None for report in outcome.reports)
    report = collected(client.registry)
    assert "did not move (mounted noatime" in report["how_known"]
    assert "keeps no access times" in report["summary"]
    assert report["refused"] == 0  # nobody pushes during this last one
    assert "Refused during this run: 0 manifests." in report["summary"]


def test_when_a_tag_was_pulled_is_not_made_up(
    client: Crane, running_registry: RunningRegistry, layers: list[Path]
) -> None:
    client.push("app:1", layers[:1])
    client.validate("app:1")
    assert [tag["pulled"] for tag in regtool(running_registry, "list", "app")] == [None]
    shown = regtool(running_registry, "usage", "app")
    assert [tag["pulled"] for tag in shown if tag["type"] == "usage-tag"] == [None]
    assert [note["text"] for note in shown if note["type"] == "note"] != []
    policy = json.dumps({"rules": [{"not_pulled_for": "1d"}], "held": {}})
    command = regtool_command(running_registry, "prune", "--yes")
    done = subprocess.run(command, input=policy, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    problem = json.loads(done.stdout)
    assert "keeps no access times" in problem["what"]
    assert "noatime" in problem["why"]
    assert "relatime" in problem["remedy"]
    client.validate("app:1")
