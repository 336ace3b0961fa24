"""A deployment killed at any step is picked up by the next one, and nothing it made is forgotten."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from solakube_core.kube import KubernetesEngine
from solakube_core.model import ObjectRef
from tests.e2e.engine import samples
from tests.e2e.support.waiting import PATIENCE
from tests.heard import Heard

DEPLOYER = """
import os, signal, sys
from solakube_core.kube import connect
from tests.e2e.engine import samples

class KillsItself:
    def __init__(self, steps):
        self.steps = steps
    def now(self, line):
        self.steps -= 1
        if self.steps < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    def say(self, line):
        # Between the object's creation and whatever comes next.
        self.now(line)

kubeconfig, namespace, steps = sys.argv[1:]
connect(kubeconfig, None).apply(samples.web(namespace), KillsItself(int(steps)))
"""


def deploy_and_kill(kubeconfig: str, namespace: str, steps: int) -> bool:
    """Run a deployment in another process that kills itself after a number of steps; tell whether it did."""
    command = [sys.executable, "-c", DEPLOYER, kubeconfig, namespace, str(steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


@pytest.mark.parametrize("steps", range(12))
def test_after_a_kill_everything_that_was_made_is_known(
    engine: KubernetesEngine, kubeconfig: str, namespace: str, progress: Heard, steps: int
) -> None:
    assert deploy_and_kill(kubeconfig, namespace, steps)
    # A plan without anything in it must clear away all that the killed run made.
    engine.apply(samples.plan(namespace, awaits=()), progress)
    planned = [engine.site.get(ObjectRef.of(manifest)) for manifest in samples.web(namespace).objects]
    left = {live["kind"] for live in planned if live and "deletionTimestamp" not in live["metadata"]}
    assert left <= {"Namespace", "PersistentVolumeClaim"}


def test_a_killed_run_is_picked_up_at_every_step(
    engine: KubernetesEngine, kubeconfig: str, namespace: str, progress: Heard
) -> None:
    steps = 0
    while deploy_and_kill(kubeconfig, namespace, steps):
        steps += 1
    plan = samples.web(namespace)
    engine.wait(plan, progress, PATIENCE)
    assert {change.action for change in engine.changes(plan)} == {"unchanged"}
