"""Others who have a hand in a component's objects, and objects on their way out: told by diff and status."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from solakube_core.kube.apply.applying import TERMINATION_TIMEOUT
from solakube_core.model import Plan
from tests.e2e.engine import samples
from tests.e2e.engine.conftest import Kubectl
from tests.e2e.support.waiting import PATIENCE
from tests.heard import Heard


@pytest.fixture
def installed(engine: KubernetesEngine, namespace: str, progress: Heard) -> Plan:
    plan = samples.web(namespace)
    engine.apply(plan, progress)
    engine.wait(plan, progress, PATIENCE)
    return plan


def told(engine: KubernetesEngine, plan: Plan) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {change.subject: (change.action, change.lines) for change in engine.changes(plan)}


def facts(engine: KubernetesEngine, namespace: str) -> list[tuple[str, str, str, bool]]:
    found = engine.status(namespace, namespace).facts
    return [(fact.subject, fact.state, fact.detail, fact.healthy) for fact in found]


def test_a_container_that_somebody_adds_is_told(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, installed: Plan
) -> None:
    assert {action for action, _ in told(engine, installed).values()} == {"unchanged"}
    sidecar = {"name": "miner", "image": samples.BUSYBOX, "command": ["sleep", "3600"]}
    patch = {"spec": {"template": {"spec": {"containers": [sidecar]}}}}
    kubectl("patch", "deployment/web", "-n", namespace, "-p", json.dumps(patch))
    path = "spec.template.spec.containers[miner]"
    subject = f"Deployment {namespace}/web"
    assert told(engine, installed)[subject] == ("unchanged", (f"also holds fields of kubectl-patch: {path}",))
    assert (subject, "also changed", f"kubectl-patch added {path}", True) in facts(engine, namespace)


def test_a_helm_release_is_told_until_helm_has_forgotten_it(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, installed: Plan, progress: Heard
) -> None:
    kubectl("annotate", "secret/password", "-n", namespace, "meta.helm.sh/release-name=web")
    assert not any("Helm" in line for _, lines in told(engine, installed).values() for line in lines)
    kubectl("create", "secret", "generic", "sh.helm.release.v1.web.v1", "-n", namespace)
    marks = ("owner=helm", "name=web", "status=deployed")
    kubectl("label", "secret/sh.helm.release.v1.web.v1", "-n", namespace, *marks)
    forget = f"kubectl delete secret,configmap -n {namespace} -l owner=helm,name=web"
    (line,) = told(engine, installed)[f"Secret {namespace}/password"][1]
    assert line.startswith(f"managed by the Helm release {namespace}/web, too")
    assert forget in line
    assert any(subject == f"the Helm release {namespace}/web" for subject, *_ in facts(engine, namespace))
    engine.apply(installed, progress)
    assert any(said.startswith(f"note: Secret {namespace}/password: managed by the Helm") for said in progress.said)
    kubectl(*forget.split()[1:])
    assert told(engine, installed)[f"Secret {namespace}/password"][1] == ()


@pytest.fixture
def hold(kubectl: Kubectl, namespace: str) -> Iterator[Callable[[], None]]:
    """Have the Service stay on its way out until the test ends."""

    def held(finalizers: str = '["example.com/held"]') -> None:
        kubectl("patch", "service/web", "-n", namespace, "-p", f'{{"metadata": {{"finalizers": {finalizers}}}}}')

    yield held
    held("null")


def test_what_is_being_deleted_is_told_as_that(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, installed: Plan, hold: Callable[[], None]
) -> None:
    hold()
    kubectl("delete", "pvc/data", "service/web", "-n", namespace, "--wait=false")
    claim, service = f"PersistentVolumeClaim {namespace}/data", f"Service {namespace}/web"
    for subject, holder in ((claim, "pvc-protection"), (service, "held")):
        action, (line,) = told(engine, installed)[subject]
        assert action == "update"
        assert line.startswith("being deleted since ")
        assert holder in line
        (fact,) = [fact for fact in facts(engine, namespace) if fact[0] == subject]
        assert (fact[1], fact[3]) == ("being deleted", False)


def test_a_deployment_waits_for_it_no_longer_than_it_may(
    engine: KubernetesEngine,
    kubectl: Kubectl,
    namespace: str,
    installed: Plan,
    progress: Heard,
    hold: Callable[[], None],
) -> None:
    hold()
    kubectl("delete", "service/web", "-n", namespace, "--wait=false")
    began = time.monotonic()
    with pytest.raises(SolakubeError, match=f"Service {namespace}/web is still being deleted"):
        engine.apply(installed, progress, 2)
    assert time.monotonic() - began < TERMINATION_TIMEOUT


def test_a_namespace_that_is_being_deleted_is_told_whoever_made_it(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard, hold: Callable[[], None]
) -> None:
    kubectl("create", "namespace", namespace)
    plan = samples.web(namespace)
    engine.apply(plan, progress)
    hold()
    kubectl("delete", "namespace", namespace, "--wait=false")
    assert (f"Namespace {namespace}", "being deleted", False) in [
        (subject, state, healthy) for subject, state, _, healthy in facts(engine, namespace)
    ]
    assert told(engine, plan)[f"Namespace {namespace}"][0] == "update"
