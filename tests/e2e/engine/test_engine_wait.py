"""Waiting says why something does not become ready, and does not wait longer than there is hope."""

from __future__ import annotations

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from solakube_core.kube.client import outages
from solakube_core.model import Await, ObjectRef, Plan
from tests.e2e.engine import samples
from tests.e2e.engine.conftest import Kubectl
from tests.e2e.support.waiting import PATIENCE, eventually
from tests.e2e.testbed.cluster import Cluster
from tests.heard import Heard


def failure(engine: KubernetesEngine, plan: Plan, progress: Heard, timeout: float) -> str:
    """Apply a plan that cannot become ready, and return what the user is told."""
    engine.apply(plan, progress)
    with pytest.raises(SolakubeError) as caught:
        engine.wait(plan, progress, timeout)
    return str(caught.value)


def with_server(namespace: str, **changes: object) -> Plan:
    server = samples.server(**changes)
    return samples.plan(namespace, samples.config_map(namespace), samples.deployment(namespace, server))


def happens(kubectl: Kubectl, namespace: str, words: str) -> None:
    """Wait for an event: a busy cluster takes longer to have one than the wait that is tried."""
    eventually(lambda: words in kubectl("get", "events", "-n", namespace, "-o", "json"), f"an event: {words}")


def test_an_image_that_does_not_exist_ends_the_wait_early(
    engine: KubernetesEngine, namespace: str, progress: Heard
) -> None:
    told = failure(engine, with_server(namespace, image="localhost:1/missing:1"), progress, PATIENCE)
    assert "is not ready after" not in told
    assert "the image localhost:1/missing:1 of container server of pod web-" in told
    assert "cannot be pulled" in told
    assert any("localhost:1/missing:1" in line for line in progress.shown)


def test_a_crash_is_shown_with_the_last_lines_of_the_container(
    engine: KubernetesEngine, namespace: str, progress: Heard
) -> None:
    # By one pipe: of two, the container runtime may read the later line first.
    crash = ["sh", "-c", "exec 2>&1; echo starting; echo no such setting: COLOUR >&2; exit 3"]
    told = failure(engine, with_server(namespace, command=crash), progress, PATIENCE)
    assert "crashes (restarts: 2): it ended with exit code 3" in told
    assert "its last lines:\n      starting\n      no such setting: COLOUR" in told


def test_a_pod_that_is_too_big_quotes_the_scheduler_at_the_end_of_the_time(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    plan = with_server(namespace, resources={"requests": {"memory": "900Ti"}})
    engine.apply(plan, progress)
    happens(kubectl, namespace, "Insufficient memory")
    told = failure(engine, plan, progress, 3)
    assert "is not ready after 3 s: 0 of 1 pods are available" in told
    assert "no node takes pod web-" in told
    assert "Insufficient memory" in told


def test_a_claim_of_an_unknown_class_is_explained(engine: KubernetesEngine, namespace: str, progress: Heard) -> None:
    bound = Await(ObjectRef("v1", "PersistentVolumeClaim", "data", namespace), "bound")
    plan = samples.plan(namespace, samples.claim(namespace, storage_class="nowhere"), awaits=(bound,))
    told = failure(engine, plan, progress, PATIENCE)
    assert f"PersistentVolumeClaim {namespace}/data is not ready: it is Pending" in told
    assert "there is no storage class nowhere" in told


def test_a_pod_without_its_volume_is_explained_by_its_claim(
    engine: KubernetesEngine, namespace: str, progress: Heard
) -> None:
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    deployment = samples.deployment(namespace, volumes=(volume,))
    claim = samples.claim(namespace, storage_class="nowhere")
    told = failure(
        engine, samples.plan(namespace, samples.config_map(namespace), claim, deployment), progress, PATIENCE
    )
    assert "there is no storage class nowhere" in told


def test_a_quota_that_refuses_the_pods_is_quoted(engine: KubernetesEngine, namespace: str, progress: Heard) -> None:
    metadata = samples.metadata("tiny", namespace)
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": {"pods": "0"}}}
    page, deployment = samples.config_map(namespace), samples.deployment(namespace)
    told = failure(engine, samples.plan(namespace, quota, page, deployment), progress, PATIENCE)
    assert "its pods are refused:" in told
    assert "exceeded quota: tiny" in told


def test_a_condition_is_awaited_and_told_by_its_message(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    available = Await(samples.deployment_ref(namespace), "condition:Available")
    page = samples.config_map(namespace)
    never_ready = samples.deployment(namespace, samples.server(readinessProbe={"exec": {"command": ["false"]}}))
    plan = samples.plan(namespace, page, never_ready, awaits=(available,))
    engine.apply(plan, progress)
    happens(kubectl, namespace, "Readiness probe failed")
    told = failure(engine, plan, progress, 5)
    assert "is not ready after 5 s: Deployment does not have minimum availability" in told
    assert "Readiness probe failed" in told
    ready = samples.plan(namespace, page, samples.deployment(namespace), awaits=(available,))
    engine.apply(ready, progress)
    engine.wait(ready, progress, PATIENCE)


def test_a_failed_wait_is_picked_up_once_the_mistake_is_mended(
    engine: KubernetesEngine, namespace: str, progress: Heard
) -> None:
    failure(engine, with_server(namespace, image="localhost:1/missing:1"), progress, 5)
    mended = with_server(namespace)
    engine.apply(mended, progress)
    engine.wait(mended, progress, PATIENCE)


@pytest.mark.alone
def test_an_api_server_that_restarts_ends_no_wait(
    engine: KubernetesEngine, cluster: Cluster, namespace: str, progress: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "OUTAGE", 240.0)
    slow = {"tcpSocket": {"port": samples.PORT}, "initialDelaySeconds": 15, "periodSeconds": 1}
    server = samples.server(readinessProbe=slow)
    plan = samples.plan(namespace, samples.config_map(namespace), samples.deployment(namespace, server))
    engine.apply(plan, progress)
    cluster.on_node("pkill", "-x", "kube-apiserver")
    engine.wait(plan, progress, 300)
    assert any(line.endswith("; trying again") for line in progress.shown)
