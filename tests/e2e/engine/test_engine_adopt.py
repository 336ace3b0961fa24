"""An installation that Helm or kubectl made becomes ours in place."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from solakube_core.kube import KubernetesEngine
from solakube_core.model import Adoptable, Plan
from tests.e2e.engine import samples
from tests.e2e.engine.conftest import Kubectl
from tests.e2e.support.waiting import PATIENCE
from tests.heard import Heard

WAYS = {
    "helm": ("create", "--field-manager=Go-http-client"),
    "helm by server-side apply": ("apply", "--server-side", "--field-manager=helm"),
    "kubectl apply": ("apply",),
}


def release(namespace: str) -> list[dict[str, Any]]:
    """What a chart made before: another container name, and settings that would break or shadow ours."""
    old = samples.server(name="old-server", env=[{"name": "OLD", "value": "1"}])
    chart = samples.deployment(namespace, old, minReadySeconds=1)
    chart["metadata"]["labels"] |= {"app.kubernetes.io/managed-by": "Helm", "heritage": "Helm"}
    chart["metadata"]["annotations"] = {"meta.helm.sh/release-name": "web"}
    volume = {"name": "password", "secret": {"secretName": "password"}}
    chart["spec"]["template"]["spec"]["volumes"].append(volume)
    service = samples.service(namespace)
    service["spec"]["ports"][0]["name"] = "old-name"
    return [
        samples.claim(namespace),
        samples.secret(namespace),
        samples.config_map(namespace, text="old\n"),
        chart,
        service,
    ]


def adopting(namespace: str) -> Plan:
    """The plan of a component that may take over what bears its label."""
    return replace(samples.web(namespace), adopts=(Adoptable({"app": "web"}),))


def install(kubectl: Kubectl, namespace: str, way: str) -> None:
    kubectl("create", "namespace", namespace)
    objects = {"apiVersion": "v1", "kind": "List", "items": release(namespace)}
    kubectl(*WAYS[way], "--filename", "-", stdin=json.dumps(objects))


def look(kubectl: Kubectl, namespace: str, what: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(kubectl("get", what, "-n", namespace, "-o", "json"))
    return found


def left(kubectl: Kubectl, namespace: str) -> list[str]:
    """What a removal leaves, apart from the inventory and Kubernetes' own."""
    names = kubectl("get", "deploy,svc,secret,pvc", "-n", namespace, "-o", "name").split()
    return [name.replace("deployment.apps", "deployment") for name in names]


@pytest.mark.parametrize("way", WAYS)
def test_a_foreign_installation_becomes_just_what_the_plan_says(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard, way: str
) -> None:
    install(kubectl, namespace, way)
    before = {what: look(kubectl, namespace, what)["metadata"]["uid"] for what in ("pvc/data", "deploy/web")}
    plan = adopting(namespace)
    told = {change.subject: change.lines for change in engine.changes(plan)}
    engine.apply(plan, progress)
    adopted = look(kubectl, namespace, "deploy/web")
    (container,) = adopted["spec"]["template"]["spec"]["containers"]
    assert container["name"] == "server"
    assert "env" not in container
    assert "minReadySeconds" not in adopted["spec"]
    assert adopted["spec"]["strategy"] == {"type": "Recreate"}
    assert "heritage" not in adopted["metadata"]["labels"]
    assert [port["name"] for port in look(kubectl, namespace, "svc/web")["spec"]["ports"]] == ["http"]
    after = {what: look(kubectl, namespace, what)["metadata"]["uid"] for what in before}
    assert after == before
    # The difference that was shown is the one that came about.
    assert "-        - name: OLD" in told[f"Deployment {namespace}/web"]
    assert {change.action for change in engine.changes(plan)} == {"unchanged"}


def test_an_object_without_any_record_of_managers_is_adopted_too(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    install(kubectl, namespace, "helm")
    erased = json.dumps({"metadata": {"managedFields": [{}]}})
    kubectl("patch", "deploy/web", "-n", namespace, "--type=merge", "--patch", erased)
    engine.apply(adopting(namespace), progress)
    (container,) = look(kubectl, namespace, "deploy/web")["spec"]["template"]["spec"]["containers"]
    assert container["name"] == "server"


def test_the_adopted_installation_comes_up_and_its_namespace_stays_its_owners(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    install(kubectl, namespace, "helm")
    plan = adopting(namespace)
    engine.apply(plan, progress)
    engine.wait(plan, progress, PATIENCE)
    assert any(line.startswith(f"took over Deployment {namespace}/web from Go-http") for line in progress.said)
    assert f"Namespace {namespace}" not in engine.removal(namespace, delete_data=True).goes
    engine.remove(namespace, delete_data=True, progress=progress)
    assert progress.said[-1] == f"kept the namespace {namespace}: it is not sk's"
    assert sorted(left(kubectl, namespace)) == ["persistentvolumeclaim/data", "secret/password"]


def test_what_a_controller_filled_in_stays(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    install(kubectl, namespace, "helm")
    filled = json.dumps({"data": {"filled-by-a-controller": "eA=="}})
    arguments = ("-n", namespace, "--type=merge", "--field-manager=replicator", "--patch", filled)
    kubectl("patch", "secret/password", *arguments)
    engine.apply(adopting(namespace), progress)
    assert set(look(kubectl, namespace, "secret/password")["data"]) == {"password", "filled-by-a-controller"}
