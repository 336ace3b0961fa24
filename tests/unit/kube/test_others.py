"""Who else has a hand in an object, by its marks and by the server's record of its fields."""

from __future__ import annotations

from typing import Any

import pytest

from solakube_core.kube.holdings.others import Tool, added, tools

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
