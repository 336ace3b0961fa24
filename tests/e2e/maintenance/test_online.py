"""The online collector beside real registries under load."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.e2e.maintenance.load import SECONDS, Crane, assert_nothing_damaged, load
from tests.e2e.maintenance.registries import RunningRegistry, collected, regtool
from tests.e2e.support.waiting import LONGEST


def test_what_no_tag_reaches_is_freed_and_can_be_pushed_again(
    running_registry: RunningRegistry, client: Crane, layers: list[Path]
) -> None:
    client.push("app:1", layers[:2])
    client.push("app:2", layers[1:3])
    regtool(running_registry, "delete", "app:1")
    time.sleep(1.1)
    assert collected(running_registry, "--dry-run")["postponed_bytes"] > 100
    report = collected(running_registry, "--wait")
    assert report["freed_bytes"] > 100
    client.validate("app:2")
    client.push("app:1", layers[:2])
    client.validate("app:1")
    (last,) = regtool(running_registry, "last-run")
    assert "garbage-collect: freed" in last["summary"]


def test_what_was_pushed_a_moment_ago_is_waited_for(
    running_registry: RunningRegistry, client: Crane, layers: list[Path]
) -> None:
    client.push("app:1", layers[:2])
    regtool(running_registry, "delete", "app:1")
    assert "used lately" in collected(running_registry)["summary"]
    assert collected(running_registry, "--wait")["manifests"] == 1
    assert list(running_registry.blobs.glob("*/*/*/data")) == []


def test_a_repository_in_which_nothing_is_left_goes_and_can_be_pushed_to_again(
    running_registry: RunningRegistry, client: Crane, layers: list[Path]
) -> None:
    for image in ("app:1", "moved/app:1", "moved/app:2"):
        client.push(image, layers[:2])
    client.push("moved/app:3", layers[2:])
    regtool(running_registry, "delete", "moved/app", "--all")
    assert client.repositories() == {"app", "moved/app"}
    # The first run watches what was used lately.
    for _ in range(2):
        time.sleep(1.1)
        collected(running_registry, "--wait")
    assert client.repositories() == {"app"}
    assert not (running_registry.data / "docker/registry/v2/repositories/moved").exists()
    client.validate("app:1")
    client.push("moved/app:1", layers[:2])
    client.validate("moved/app:1")


def test_what_is_kept_comes_back(running_registry: RunningRegistry, client: Crane, layers: list[Path]) -> None:
    client.push("app:1", layers[:2])
    (listed,) = regtool(running_registry, "list", "app")
    regtool(running_registry, "delete", "app:1")
    time.sleep(1.1)
    assert collected(running_registry, "--wait", "--keep=1h")["blobs"] > 0
    regtool(running_registry, "garbage-collect", "--undo")
    client.validate(f"app@{listed['digest']}")


@pytest.mark.timeout(SECONDS + LONGEST)
def test_pushes_and_pulls_go_on_while_collections_run_and_are_killed(
    client: Crane, layers: list[Path], registry_line: str
) -> None:
    """Every push that is acknowledged pulls whole, none is refused, and in the end nothing but tags' images is left."""
    outcome = load(client, layers)
    assert not outcome.unavailable, "\n".join(outcome.unavailable)
    assert_nothing_damaged(client, outcome)
    assert outcome.refused == outcome.unavailable == []
    assert registry_line == "2.8" or outcome.torn == []
