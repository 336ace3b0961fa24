"""Removing a component, its data, and what its status says meanwhile."""

from __future__ import annotations

import json

from solakube_core.kube import KubernetesEngine
from solakube_core.model import ObjectRef
from tests.e2e.engine import samples
from tests.e2e.engine.conftest import Kubectl
from tests.e2e.support.waiting import PATIENCE
from tests.heard import Heard


def test_the_data_outlives_the_component_unless_it_is_to_go(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    plan = samples.web(namespace)
    engine.apply(plan, progress)
    engine.wait(plan, progress, PATIENCE)
    claim = f"PersistentVolumeClaim {namespace}/data"
    assert claim not in engine.removal(namespace, delete_data=False).goes
    engine.remove(namespace, delete_data=False, progress=progress)
    assert kubectl("get", "deployments,pods,services,secrets", "-n", namespace, "-o", "name") == ""
    assert f"kept {claim} with its data" in progress.said
    left = engine.status(namespace)
    assert not left.deployed
    assert [fact.state for fact in left.facts] == ["bound"]
    assert engine.removal(namespace, delete_data=True).goes == (
        f"{claim} (1Gi) and all data on it",
        f"Namespace {namespace}",
    )
    engine.remove(namespace, delete_data=True, progress=progress)
    assert engine.site.get(ObjectRef("v1", "Namespace", namespace)) is None


def test_a_namespace_with_somebody_elses_object_stays(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    engine.apply(samples.plan(namespace, samples.config_map(namespace)), progress)
    kubectl("create", "configmap", "neighbour", "-n", namespace)
    assert engine.removal(namespace, delete_data=True).goes == (f"ConfigMap {namespace}/page",)
    engine.remove(namespace, delete_data=True, progress=progress)
    assert progress.said[-1] == f"kept the namespace {namespace}: it holds ConfigMap {namespace}/neighbour"
    assert engine.status(namespace).facts == ()


def test_what_was_never_deployed_is_said_to_be_so(engine: KubernetesEngine, namespace: str, progress: Heard) -> None:
    assert engine.removal(namespace, delete_data=True).goes == ()
    assert not engine.status(namespace).deployed
    engine.remove(namespace, delete_data=False, progress=progress)
    assert progress.said == [f"{namespace} is not deployed on {engine.site.describe()}: nothing to remove"]


def test_an_object_that_changed_hands_is_left_to_its_new_owner(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    engine.apply(samples.plan(namespace, samples.config_map(namespace)), progress)
    kubectl("label", "configmap/page", "-n", namespace, "solakube.io/component-")
    engine.remove(namespace, delete_data=False, progress=progress)
    assert kubectl("get", "configmap/page", "-n", namespace, "-o", "name") == "configmap/page\n"


def test_a_healthy_component_says_so_and_a_missing_object_is_named(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    plan = samples.web(namespace)
    engine.apply(plan, progress)
    engine.wait(plan, progress, PATIENCE)
    status = engine.status(namespace)
    assert status.healthy
    assert [(fact.subject.split()[0], fact.state) for fact in status.facts] == [
        ("PersistentVolumeClaim", "bound"),
        ("Deployment", "ready"),
        ("Pod", "ready"),
    ]
    kubectl("delete", "service/web", "-n", namespace)
    ailing = engine.status(namespace)
    assert [fact.subject for fact in ailing.facts if not fact.healthy] == [f"Service {namespace}/web"]


def test_deploying_into_a_namespace_that_is_still_going_waits_for_it(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    plan = samples.plan(namespace, samples.config_map(namespace))
    engine.apply(plan, progress)
    kubectl("delete", "namespace", namespace, "--wait=false")
    engine.apply(plan, progress)
    live = json.loads(kubectl("get", "configmap/page", "-n", namespace, "-o", "json"))
    assert live["data"] == {"index.html": "hello\n"}
