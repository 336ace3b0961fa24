"""What the server refuses: told before anything is changed, and told from what only a new object helps against."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from solakube_core.kube.apply import applying
from solakube_core.model import Manifest
from tests.e2e.engine import samples
from tests.e2e.engine.conftest import Kubectl
from tests.heard import Heard

LABELS = {"app": "web"}
POD = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "a", "image": samples.BUSYBOX}]}}


def thing(api_version: str, kind: str, namespace: str, **fields: Any) -> Manifest:
    return {"apiVersion": api_version, "kind": kind, "metadata": samples.metadata("thing", namespace), **fields}


def service(namespace: str, **spec: Any) -> Manifest:
    return {**samples.service(namespace), "spec": {**samples.service(namespace)["spec"], **spec}}


def binding(namespace: str, role: str) -> Manifest:
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
    return thing("rbac.authorization.k8s.io/v1", "RoleBinding", namespace, roleRef=ref, subjects=[])


def stateful_set(namespace: str, **spec: Any) -> Manifest:
    given = {"replicas": 0, "serviceName": "a", "selector": {"matchLabels": LABELS}, "template": POD, **spec}
    return thing("apps/v1", "StatefulSet", namespace, spec=given)


def job(namespace: str, **container: Any) -> Manifest:
    pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": samples.BUSYBOX, **container}]}
    return thing("batch/v1", "Job", namespace, spec={"suspend": True, "template": {"spec": pod}})


def deployment(namespace: str, **labels: str) -> Manifest:
    given = {"matchLabels": {**LABELS, **labels}}
    template = {**POD, "metadata": {"labels": {**LABELS, **labels}}}
    return thing("apps/v1", "Deployment", namespace, spec={"replicas": 0, "selector": given, "template": template})


FIXED: dict[str, tuple[Callable[[str], Manifest], Callable[[str], Manifest]]] = {
    "a service that becomes headless": (service, lambda name: service(name, clusterIP="None")),
    "a service of another address": (service, lambda name: service(name, clusterIP="10.96.77.77")),
    "a binding of another role": (lambda name: binding(name, "view"), lambda name: binding(name, "edit")),
    "a stateful set of another service": (stateful_set, lambda name: stateful_set(name, serviceName="b")),
    "a job of another program": (job, lambda name: job(name, args=["b"])),
    "a deployment of other pods": (deployment, lambda name: deployment(name, tier="b")),
}


@pytest.mark.parametrize(("first", "second"), FIXED.values(), ids=FIXED)
def test_what_cannot_be_changed_in_place_is_told_and_made_anew(
    engine: KubernetesEngine,
    namespace: str,
    progress: Heard,
    first: Callable[[str], Manifest],
    second: Callable[[str], Manifest],
) -> None:
    engine.apply(samples.plan(namespace, first(namespace)), progress)
    plan = samples.plan(namespace, second(namespace))
    assert engine.obstacles(plan) == ()
    (change,) = (found for found in engine.changes(plan) if found.action == "update")
    assert change.lines[0].startswith("replaced: ")
    assert len(change.lines[0]) < 400
    engine.apply(plan, progress)
    assert any(line.startswith("replacing ") for line in progress.said)
    assert {found.action for found in engine.changes(plan)} == {"unchanged"}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda name: service(name, ports=[{"name": "http", "port": 99999}]),
        lambda name: service(name, clusterIP="192.0.2.1"),
        lambda name: service(name, type="Nonsense"),
    ],
    ids=["port", "address", "type"],
)
def test_a_wrong_value_is_an_error_and_the_object_stays(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard, wrong: Callable[[str], Manifest]
) -> None:
    engine.apply(samples.plan(namespace, service(namespace)), progress)
    before = kubectl("get", "service", "web", "-n", namespace, "-o", "jsonpath={.metadata.uid}")
    plan = samples.plan(namespace, samples.config_map(namespace), wrong(namespace))
    (problem,) = engine.obstacles(plan)
    assert problem.what == f"cannot apply Service {namespace}/web"
    with pytest.raises(SolakubeError, match="cannot apply Service"):
        engine.apply(plan, progress)
    assert kubectl("get", "service", "web", "-n", namespace, "-o", "jsonpath={.metadata.uid}") == before
    assert kubectl("get", "configmap", "page", "-n", namespace, "--ignore-not-found") == ""


@pytest.mark.parametrize("there", [True, False], ids=["a namespace that is there", "a new namespace"])
def test_an_object_that_cannot_be_is_told_before_others_are_made(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard, there: bool
) -> None:
    if there:
        kubectl("create", "namespace", namespace)
    unknown = thing("example.com/v1", "Nope", namespace)
    wrong = service(namespace, ports=[{"name": "http", "port": 99999}])
    for bad, words in ((unknown, "does not know the kind Nope"), (wrong, "spec.ports[0].port")):
        plan = samples.plan(namespace, samples.config_map(namespace), bad)
        assert any(words in str(problem) for problem in engine.obstacles(plan))
        with pytest.raises(SolakubeError):
            engine.apply(plan, progress)
    assert kubectl("get", "configmap,service", "-n", namespace, "-l", "app=web", "-o", "name") == ""


def test_a_full_quota_is_told_before_anything_is_made(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    kubectl("create", "namespace", namespace)
    kubectl("create", "quota", "tiny", "-n", namespace, "--hard=count/deployments.apps=0")
    tiny = "--for=jsonpath={.status.hard.count/deployments\\.apps}=0"
    kubectl("wait", "quota/tiny", "-n", namespace, tiny, "--timeout=300s")
    (problem,) = engine.obstacles(samples.plan(namespace, samples.config_map(namespace), deployment(namespace)))
    assert "exceeded quota: tiny" in problem.why
    assert "Role" not in problem.remedy
    with pytest.raises(SolakubeError, match="exceeded quota"):
        engine.apply(samples.plan(namespace, samples.config_map(namespace), deployment(namespace)), progress)
    assert kubectl("get", "configmap", "page", "-n", namespace, "--ignore-not-found") == ""


def test_what_is_held_while_it_is_replaced_is_told_as_being_deleted(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "TERMINATION_TIMEOUT", 1.0)
    engine.apply(samples.plan(namespace, job(namespace)), progress)
    held = json.dumps({"metadata": {"finalizers": ["example.com/held"]}})
    kubectl("patch", "job", "thing", "-n", namespace, "--type=merge", "-p", held)
    with pytest.raises(SolakubeError, match=f"Job {namespace}/thing is still being deleted"):
        engine.apply(samples.plan(namespace, job(namespace, args=["b"])), progress)
    kubectl("patch", "job", "thing", "-n", namespace, "--type=merge", "-p", '{"metadata": {"finalizers": null}}')
