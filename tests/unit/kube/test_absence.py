"""What counts as an answer of Kubernetes: a proxy's 404, and an object that nobody asked for, tell nothing of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from solakube_core.cli.main import run
from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from solakube_core.model import Access, ObjectRef
from tests.e2e.engine import samples
from tests.heard import Heard
from tests.unit.kube.api_server import ApiServer, Fault, kubeconfig
from tests.unit.kube.conftest import Clock

PAGE = ObjectRef("v1", "ConfigMap", "page", "web")
HTML = "<html><title>404 Not Found</title><h1>nginx</h1></html>"
GO = "404 page not found\n"
"""What both an API server and Traefik answer for a path that they do not know."""

COMMANDS = (
    ["undeploy", "registry", "--yes", "--delete-data"],
    ["undeploy", "registry", "--dry-run"],
    ["status"],
    ["status", "registry"],
    ["registry", "list"],
    ["logs", "registry"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("body", [HTML, GO, '{"error": "no such cluster"}', "", "null", "[]", "\x80"])
def test_a_404_of_a_proxy_is_not_absence(
    server: ApiServer,
    private_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    body: str,
) -> None:
    monkeypatch.setenv("KUBECONFIG", kubeconfig(private_home / "config", server.url))
    monkeypatch.setenv("REGISTRY_ADMIN_PASSWORD", "x")
    server.faults["/"] = Fault(404, body)
    assert run(command) == 1
    told = capsys.readouterr()
    assert "is not the Kubernetes API" in told.out + told.err
    assert "not deployed" not in told.out + told.err
    assert "nothing to remove" not in told.out + told.err


@pytest.mark.parametrize("body", [HTML, GO, "{}"])
@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/namespaces/web/configmaps/page"])
def test_an_object_is_absent_only_where_kubernetes_says_so(
    engine: KubernetesEngine, server: ApiServer, body: str, path: str
) -> None:
    server.faults[path] = Fault(404, body)
    with pytest.raises(SolakubeError, match="is not the Kubernetes API"):
        engine.site.get(PAGE)


@pytest.mark.parametrize(("body", "known"), [(GO, False), (HTML, True), ("{}", True)])
def test_an_api_group_is_absent_where_the_api_server_does_not_know_its_path(
    engine: KubernetesEngine, server: ApiServer, body: str, known: bool
) -> None:
    server.faults["/apis/example.com/v1"] = Fault(404, body)
    ref = ObjectRef("example.com/v1", "Page", "a", "web")
    if known:
        with pytest.raises(SolakubeError, match="is not the Kubernetes API"):
            engine.site.get(ref)
    else:
        assert engine.site.get(ref) is None


def test_an_object_is_absent_while_the_api_server_does_not_serve_its_kind_yet(
    engine: KubernetesEngine, server: ApiServer
) -> None:
    server.faults["/api/v1/namespaces/web/configmaps/page"] = Fault(404, GO, headers={"Audit-Id": "6832f391-5857"})
    assert engine.site.get(PAGE) is None


@pytest.mark.parametrize("body", [HTML, "{}", ""])
def test_what_only_passed_an_api_server_on_its_way_is_not_absence(
    engine: KubernetesEngine, server: ApiServer, body: str
) -> None:
    server.faults["/api/v1/namespaces/web/configmaps/page"] = Fault(404, body, headers={"Audit-Id": "6832f391-5857"})
    with pytest.raises(SolakubeError, match="is not the Kubernetes API"):
        engine.site.get(PAGE)


def test_a_removal_that_a_proxy_answers_has_not_removed(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, progress: Heard
) -> None:
    engine.apply(samples.plan("web", samples.config_map("web"), awaits=()), progress)
    server.faults["/api/v1/namespaces/web/configmaps/page"] = Fault(404, HTML, method="DELETE")
    with pytest.raises(SolakubeError, match="cannot remove ConfigMap web/page"):
        engine.remove("web", False, progress)
    assert "/api/v1/namespaces/web/configmaps/page" in server.objects


@pytest.mark.parametrize(
    "answer",
    [
        {"kind": "Status", "metadata": {}, "status": "Failure", "code": 503},
        {"kind": "ConfigMap", "metadata": {"name": "other", "namespace": "web"}},
        {"kind": "ConfigMapList", "metadata": {}, "items": []},
        {"kind": "ConfigMap", "metadata": {"name": None}},
    ],
    ids=["a status", "another object", "a list", "no name"],
)
def test_an_object_that_nobody_asked_for_is_no_answer(
    engine: KubernetesEngine, server: ApiServer, answer: dict[str, object]
) -> None:
    server.faults["/api/v1/namespaces/web/configmaps/page"] = Fault(200, answer)
    with pytest.raises(SolakubeError, match="is not the Kubernetes API"):
        engine.site.get(PAGE)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"kind": "Status", "metadata": {}},
        {"items": [{"metadata": None}]},
        {"items": [{"metadata": {}}]},
        {"items": [{"metadata": ["name"]}]},
    ],
    ids=["nothing", "a status", "no metadata", "no name", "a list as metadata"],
)
def test_a_list_without_items_is_not_an_empty_one(
    engine: KubernetesEngine, server: ApiServer, answer: dict[str, object]
) -> None:
    server.faults["/api/v1/namespaces/web/configmaps"] = Fault(200, answer)
    with pytest.raises(SolakubeError, match="is not the Kubernetes API"):
        engine.site.list("v1", "ConfigMap", "web")


REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@pytest.mark.parametrize("status", [None, {}, {"allowed": None}, {"allowed": "true"}, "allowed"])
def test_a_review_without_a_verdict_is_no_answer(engine: KubernetesEngine, server: ApiServer, status: object) -> None:
    server.faults[REVIEWS] = Fault(201, {"metadata": {}, "status": status})
    with pytest.raises(SolakubeError, match="is not the Kubernetes API"):
        engine.site.denied([Access("get", "", "secrets", "web")])


def test_a_right_that_the_cluster_cannot_tell_is_not_one_that_is_lacking(
    engine: KubernetesEngine, server: ApiServer
) -> None:
    answer = {"allowed": False, "evaluationError": "webhook authorizer: connection refused"}
    server.faults[REVIEWS] = Fault(201, {"metadata": {}, "status": answer})
    with pytest.raises(SolakubeError, match="cannot tell whether you may get secrets") as caught:
        engine.site.denied([Access("get", "", "secrets", "web")])
    assert "webhook authorizer" in caught.value.problems[0].why


def test_a_right_that_is_there_counts_whatever_else_the_cluster_could_not_tell(
    engine: KubernetesEngine, server: ApiServer
) -> None:
    refused, granted = ({"allowed": allowed, "evaluationError": "a role is missing"} for allowed in (False, True))
    server.faults[REVIEWS] = Fault(201, {"metadata": {}, "status": refused}, times=1)
    server.faults[REVIEWS[:-1]] = Fault(201, {"metadata": {}, "status": granted})
    assert engine.site.denied([Access("get", "", "secrets", "web")]) == ()


@pytest.mark.parametrize(
    "details", ["none", ["none"], {"causes": "none"}, {"causes": [None, "x"]}, {"causes": {"field": "a"}}, 7]
)
@pytest.mark.parametrize("status", [400, 403, 409, 422])
def test_a_refusal_of_another_form_is_told_all_the_same(
    engine: KubernetesEngine, server: ApiServer, details: object, status: int
) -> None:
    body = json.dumps({"kind": "Status", "message": "not so", "reason": "Invalid", "details": details})
    for path in ("/api/v1/namespaces/web/configmaps/page", "/api/v1/namespaces/web/secrets/password"):
        server.faults[path] = Fault(status, body, method="PATCH")
    for item in (samples.config_map("web"), samples.secret("web")):
        with pytest.raises(SolakubeError, match=f"cannot apply {item['kind']}"):
            engine.put([item])


@pytest.mark.parametrize("data", [None, {}, {"proven": "x"}, {"object": "[]"}])
def test_a_list_of_what_is_owned_that_is_gone_is_not_an_empty_one(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, progress: Heard, data: object
) -> None:
    engine.apply(samples.plan("web", samples.config_map("web"), awaits=()), progress)
    server.objects["/api/v1/namespaces/web/configmaps/solakube-web"]["data"] = data
    for ask in (
        lambda: engine.status("web"),
        lambda: engine.removal("web", True),
        lambda: engine.remove("web", True, progress),
    ):
        with pytest.raises(SolakubeError, match="the list of what web owns cannot be read"):
            ask()
    assert "/api/v1/namespaces/web/configmaps/page" in server.objects
