"""The online collector on the cluster, under load, beside a registry of two processes behind their proxy."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path
from typing import Any

from tests.e2e.maintenance.load import assert_nothing_damaged, load, new_layers
from tests.e2e.maintenance.registries import report_in
from tests.e2e.support.installation import Installation

SECONDS = 30.0

_REGTOOL = ("python", "-m", "solakube_regtool", "--data", "/var/lib/registry", "--json")
_COLLECTION = ("garbage-collect", "--grace=1s", "--undo-period=0", "--metrics=http://127.0.0.1:5001")

_KILL = """
import os, signal
# The collector began before the process that guards it.
for process in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
    with open(f"/proc/{process}/cmdline", "rb") as file:
        if b"garbage-collect" in file.read().split(bytes(1)):
            os.kill(process, signal.SIGKILL)
            break
"""


class DeployedTarget:
    """An installation, pushed to through its ingress; maintenance runs in its pod."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._pod = installation.pod()["metadata"]["name"]

    def push(self, image: str, layers: list[Path]) -> None:
        """Push an image of those layers; fails if that is refused."""
        reference = f"{self._installation.host}/{image}"
        arguments = ["append", "--oci-empty-base", "-t", reference]
        self._installation.crane(*arguments, *(word for layer in layers for word in ("-f", str(layer)))).ok()

    def validate(self, image: str) -> None:
        """Pull all of an image and check its digests."""
        self._installation.crane("validate", "--remote", f"{self._installation.host}/{image}").ok()

    def regtool(self, *arguments: str) -> list[dict[str, Any]]:
        """Run the maintenance program in the pod; returns its records."""
        done = subprocess.run(self._command(*_REGTOOL, *arguments), capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def collect(self, *arguments: str) -> dict[str, Any]:
        """Collect with a grace period of a second, and return the report."""
        (report,) = (found for found in self.regtool(*_COLLECTION, *arguments) if found["type"] == "collected")
        return report

    def collect_and_kill(self, after: float) -> dict[str, Any] | None:
        """Collect likewise, but kill that after so many seconds; None if it had not ended by then."""
        kill = threading.Timer(after, subprocess.run, (self._command("python", "-c", _KILL),), {"check": True})
        kill.start()
        done = subprocess.run(self._command(*_REGTOOL, *_COLLECTION), capture_output=True, text=True, check=False)
        kill.join()
        return report_in(done.stdout) if done.returncode == 0 else None

    def _command(self, *command: str) -> list[str]:
        installation = self._installation
        return installation.cluster.kubectl_command(
            "-n", installation.name, "exec", self._pod, "-c", "reg-tool", "--", *command
        )


def test_pushes_and_pulls_go_on_while_collections_run_and_are_killed(exposed: Installation, tmp_path: Path) -> None:
    exposed.environment["REGISTRY_PULL_USERS"] = "web"
    exposed.sk("deploy", "registry").ok()
    exposed.login()
    target = DeployedTarget(exposed)
    outcome = load(target, new_layers(tmp_path), SECONDS)
    assert_nothing_damaged(target, outcome)
    assert outcome.refused == outcome.unavailable == []
    assert outcome.pushes > 0
    # The pod has not been restarted meanwhile: all of it happened beside one registry.
    statuses = exposed.pod()["status"]["containerStatuses"]
    assert {status["restartCount"] for status in statuses} == {0}
