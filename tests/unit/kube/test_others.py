"""Who else has a hand in an object, by its marks and by the server's record of its fields."""

from __future__ import annotations

from typing import Any

import pytest

from solakube_core.kube import KubernetesEngine
from solakube_core.kube.holdings.others import Tool, added, tools
from tests.e2e.engine import samples
from tests.unit.kube.api_server import ApiServer, refusal

REVISION: dict[str, Any] = {"f:metadata": {"f:annotations": {"f:deployment.kubernetes.io/revision": {}}}}
RESTART: dict[str, Any] = {
    "f:spec": {"f:template": {"f:metadata": {"f:annotations": {"f:kubectl.kubernetes.io/restartedAt": {}}}}}
}


def entry(manager: str, fields: dict[str, Any], operation: str = "Update", **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "apiVersion": "apps/v1", "fieldsV1": fields, **more}


def live(*entries: dict[str, Any], kind: str = "Deployment", **metadata: Any) -> dict[str, Any]:
    named = {"name": "x", "namespace": "web", "managedFields": list(entries), **metadata}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": named}


def containers(**by_name: dict[str, Any]) -> dict[str, Any]:
    keys = {f'k:{{"name":"{name}"}}': {".": {}, "f:name": {}, **fields} for name, fields in by_name.items()}
    return {"f:spec": {"f:template": {"f:spec": {"f:containers": keys}}}}


OURS = entry("solakube", containers(server={"f:image": {}}), "Apply")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        (containers(miner={"f:image": {}}), "spec.template.spec.containers[miner]"),
        (
            containers(server={"f:env": {".": {}, 'k:{"name":"DEBUG"}': {".": {}, "f:value": {}}}}),
            "spec.template.spec.containers[server].env[DEBUG]",
        ),
        ({"f:metadata": {"f:annotations": {".": {}, "f:example.com/a": {}}}}, "metadata.annotations[example.com/a]"),
        ({"f:metadata": {"f:labels": {"f:team": {}}}}, "metadata.labels.team"),
        ({"f:spec": {"f:ports": {'k:{"port":80,"protocol":"TCP"}': {}}}}, "spec.ports[80,TCP]"),
        ({"f:spec": {"f:paused": {}}}, "spec.paused"),
    ],
)
def test_fields_that_others_put_in_are_told_as_people_write_them(fields: dict[str, Any], path: str) -> None:
    assert added(live(OURS, entry("kubectl-patch", fields))) == {"kubectl-patch": (path,)}


@pytest.mark.parametrize(
    "other",
    [
        entry("kubectl-edit", containers(server={"f:image": {}})),
        entry("kube-controller-manager", REVISION),
        entry("anything", {"f:status": {"f:replicas": {}}}, subresource="status"),
        entry("anything", {"f:status": {"f:replicas": {}}}),
        entry("anything", {"f:metadata": {"f:finalizers": {}, "f:ownerReferences": {}}}),
        entry("kubectl-rollout", RESTART),
        entry("solakube", {"f:spec": {"f:strategy": {}}}),
    ],
    ids=lambda other: other["manager"],
)
def test_what_we_hold_too_and_what_controllers_fill_in_is_not_told(other: dict[str, Any]) -> None:
    assert added(live(OURS, other)) == {}


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap", "PersistentVolumeClaim", "Namespace"])
def test_kinds_that_others_may_add_to_are_not_told(kind: str) -> None:
    assert added(live(entry("kubectl-label", {"f:metadata": {"f:labels": {"f:team": {}}}}), kind=kind)) == {}


HELM = {"meta.helm.sh/release-name": "reg", "meta.helm.sh/release-namespace": "apps"}


@pytest.mark.parametrize(
    ("metadata", "tool"),
    [
        ({"annotations": HELM}, Tool("Helm release", "reg", "apps")),
        ({"annotations": {"meta.helm.sh/release-name": "reg"}}, Tool("Helm release", "reg", "web")),
        (
            {"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:web/x"}},
            Tool("Argo CD application", "shop"),
        ),
        ({"labels": {"argocd.argoproj.io/instance": "shop"}}, Tool("Argo CD application", "shop")),
        (
            {"labels": {"kustomize.toolkit.fluxcd.io/name": "all", "kustomize.toolkit.fluxcd.io/namespace": "flux"}},
            Tool("Flux Kustomization", "all", "flux"),
        ),
        (
            {"labels": {"helm.toolkit.fluxcd.io/name": "reg", "helm.toolkit.fluxcd.io/namespace": "flux"}},
            Tool("Flux HelmRelease", "reg", "flux"),
        ),
    ],
)
def test_a_tool_is_known_by_its_marks(metadata: dict[str, Any], tool: Tool) -> None:
    assert tools(live(OURS, **metadata)) == (tool,)


@pytest.mark.parametrize(
    ("manager", "kind"),
    [("argocd-controller", "Argo CD"), ("kustomize-controller", "Flux"), ("helm", "Helm")],
)
def test_a_tool_without_marks_is_known_by_the_fields_it_holds(manager: str, kind: str) -> None:
    assert tools(live(OURS, entry(manager, {"f:spec": {}}, "Apply"))) == (Tool(kind),)


def test_a_tool_is_told_once() -> None:
    found = tools(live(entry("helm", {"f:spec": {}}), entry("helm", {}, "Apply"), annotations=HELM))
    assert found == (Tool("Helm release", "reg", "apps"),)


def test_nobody_else_has_a_hand_in_what_is_ours_alone() -> None:
    assert tools(live(OURS, labels={"app.kubernetes.io/managed-by": "solakube"})) == ()


def release(version: int, status: str) -> dict[str, Any]:
    labels = {"owner": "helm", "name": "page", "version": str(version), "status": status}
    return {"metadata": {"name": f"sh.helm.release.v1.page.v{version}", "namespace": "web", "labels": labels}}


def told_by_diff(engine: KubernetesEngine, server: ApiServer, kind: str, *records: dict[str, Any]) -> str:
    """Have Helm's records beside a Service that bears its marks, and tell what a diff says of that."""
    marked = samples.service("web")
    marked["metadata"]["annotations"] = {"meta.helm.sh/release-name": "page", "meta.helm.sh/release-namespace": "web"}
    server.objects["/api/v1/namespaces/web"] = samples.namespace_object("web")
    server.objects["/api/v1/namespaces/web/services/web"] = marked
    for record in records:
        server.objects[f"/api/v1/namespaces/web/{kind}/{record['metadata']['name']}"] = record
    changes = engine.changes(samples.plan("web", samples.service("web")))
    return "\n".join(line for change in changes for line in change.lines)


@pytest.mark.parametrize("kind", ["secrets", "configmaps"])
@pytest.mark.parametrize(
    ("states", "there"),
    [
        (["deployed"], True),
        (["failed"], True),
        (["pending-install"], True),
        (["superseded", "deployed"], True),
        (["deployed", "pending-upgrade"], True),
        (["superseded", "uninstalling"], True),
        (["superseded", "uninstalled"], False),
        (["uninstalled"], False),
        (["superseded"] * 9 + ["uninstalled"], False),
        ([], False),
    ],
)
def test_a_helm_release_is_there_until_it_is_uninstalled(
    engine: KubernetesEngine, server: ApiServer, kind: str, states: list[str], there: bool
) -> None:
    records = [release(number, state) for number, state in enumerate(states, 1)]
    told = told_by_diff(engine, server, kind, *records)
    assert ("managed by the Helm release web/page, too" in told) is there


def test_a_helm_release_that_may_not_be_seen_is_taken_for_there(engine: KubernetesEngine, server: ApiServer) -> None:
    server.faults["/api/v1/namespaces/web/secrets"] = refusal(403, "you may not", "Forbidden")
    assert "managed by the Helm release web/page, too" in told_by_diff(engine, server, "secrets")
