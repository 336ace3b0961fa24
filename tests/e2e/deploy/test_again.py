"""Deploying again: what is there already stays as it is."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable

import pytest

from tests.e2e.support.installation import Installation


def test_nothing_to_change_changes_nothing(deployed: Installation) -> None:
    before, pod = deployed.versions(), deployed.pod()
    deployed.sk("deploy", "registry").ok()
    assert deployed.versions() == before
    again = deployed.pod()
    assert again["metadata"]["uid"] == pod["metadata"]["uid"]
    assert [status["restartCount"] for status in again["status"]["containerStatuses"]] == [0, 0]
    assert "unchanged" in deployed.sk("diff", "registry").ok()
    assert deployed.sk("diff", "registry", "--exit-code").exit_code == 0


def test_a_changed_password_holds_at_once_and_restarts_nothing(deployed: Installation) -> None:
    digest, pod, old = deployed.push("kept:1", {"file": b"content"}), deployed.pod(), deployed.password
    deployed.password = "another, $password"
    deployed.sk("deploy", "registry").ok()
    assert deployed.pod()["metadata"]["uid"] == pod["metadata"]["uid"]
    refused = deployed.crane("digest", f"{deployed.host}/kept:1").refused()
    assert "401" in refused
    deployed.login()
    assert deployed.digest("kept:1") == digest
    assert old not in refused


def test_undeploying_keeps_the_images_and_deploying_finds_them(deployed: Installation) -> None:
    digest = deployed.push("kept:1", {"file": b"content"})
    claim = deployed.get("pvc", deployed.full)["metadata"]["uid"]
    assert "The data stays." in deployed.sk("undeploy", "registry", "--yes").ok()
    assert deployed.get("deployments")["items"] == []
    assert deployed.get("pvc", deployed.full)["metadata"]["uid"] == claim
    assert "is not deployed" in deployed.sk("status", "registry").stdout
    deployed.sk("deploy", "registry").ok()
    assert deployed.digest("kept:1") == digest
    assert deployed.pulls("kept:1")


def test_undeploying_asks_first(inside: Installation) -> None:
    place = re.compile(rf"registry -> cluster \S+ \(context \S+\), namespace {inside.name}\n")
    assert place.match(inside.sk("deploy", "registry").stderr)
    asked = inside.sk("undeploy", "registry")
    assert (asked.exit_code, bool(place.match(asked.stderr))) == (1, True)
    assert "there is nobody to ask" in asked.stderr
    assert inside.get("deployment", inside.full)["status"]["availableReplicas"] == 1
    inside.sk("undeploy", "registry", "--yes", "--delete-data").ok()
    assert not inside.exists()


Interrupt = Callable[[Installation, int], bool]


@pytest.fixture
def interrupt() -> Interrupt:
    """Deploy, and kill `sk` as soon as it has started to apply the given number of objects."""

    def interrupted(installation: Installation, objects: int) -> bool:
        process = installation.runner.start("deploy", "registry", env=installation.settings())
        assert process.stdout is not None
        seen = 0
        for line in process.stdout:
            seen += "applying " in line
            if seen == objects:
                process.send_signal(signal.SIGKILL)
                break
        process.communicate()
        return seen == objects

    return interrupted


def test_killed_after_each_object_it_converges(inside: Installation, interrupt: Interrupt) -> None:
    runs = 0
    # What is there already is not applied again: each run gets one object further.
    while interrupt(inside, 2):
        runs += 1
    assert runs > 3
    inside.sk("deploy", "registry").ok()
    assert "unchanged" in inside.sk("diff", "registry", "--exit-code").ok()


def test_killed_in_a_change_it_loses_no_image(deployed: Installation, interrupt: Interrupt) -> None:
    digest = deployed.push("kept:1", {"file": b"content"})
    objects = 1
    deployed.environment["REGISTRY_READ_ONLY"] = "Y"
    while interrupt(deployed, objects):
        objects += 1
        deployed.environment["REGISTRY_READ_ONLY"] = "Y" if objects % 2 else "N"
    assert objects > 1
    deployed.environment["REGISTRY_READ_ONLY"] = "N"
    deployed.sk("deploy", "registry").ok()
    assert deployed.digest("kept:1") == digest
    assert deployed.pulls("kept:1")
    deployed.push("new:1", {"file": b"other"})
