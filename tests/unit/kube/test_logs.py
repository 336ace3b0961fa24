"""What the containers of a component wrote, from a server that speaks HTTP as an API server does."""

from __future__ import annotations

from typing import Any

import pytest

from solakube_core.engine import LogQuery
from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from solakube_core.kube.holdings.inventory import Inventory
from solakube_core.model import ObjectRef
from tests.unit.kube.api_server import ApiServer, Fault, refusal

WEB = ObjectRef("apps/v1", "Deployment", "web", "web")


def pod(server: ApiServer, name: str, created: str, *containers: str, written: str | None = None) -> None:
    """Have a pod, and what its first container wrote."""
    path = f"/api/v1/namespaces/web/pods/{name}"
    metadata = {"name": name, "namespace": "web", "creationTimestamp": created}
    server.objects[path] = {"metadata": metadata, "spec": {"containers": [{"name": entry} for entry in containers]}}
    if written is not None:
        server.faults[f"{path}/log"] = Fault(200, written)


@pytest.fixture
def web(server: ApiServer) -> ApiServer:
    """A server with a component of one Deployment."""
    recorded = dict(Inventory("web", "web", (WEB,)).manifest())
    recorded["metadata"].setdefault("managedFields", [])
    name = recorded["metadata"]["name"]
    server.objects[f"/api/v1/namespaces/web/configmaps/{name}"] = recorded
    spec: dict[str, Any] = {"selector": {"matchLabels": {"app": "web"}}}
    deployment = {"kind": "Deployment", "metadata": {"name": "web", "namespace": "web"}, "spec": spec}
    server.objects["/apis/apps/v1/namespaces/web/deployments/web"] = deployment
    return server


def told(engine: KubernetesEngine, **query: Any) -> list[str]:
    return list(engine.logs("web", LogQuery(**query), "web"))


def test_the_first_container_of_the_only_pod(engine: KubernetesEngine, web: ApiServer) -> None:
    pod(web, "web-1", "2026-01-01T00:00:00Z", "app", "side", written="first\n\u00fcber\n\nlast without an end")
    assert told(engine) == ["first", "\u00fcber", "", "last without an end"]


def test_of_several_pods_each_line_names_its_own_the_oldest_first(engine: KubernetesEngine, web: ApiServer) -> None:
    pod(web, "web-2", "2026-01-02T00:00:00Z", "app", written="c\n")
    pod(web, "web-1", "2026-01-01T00:00:00Z", "app", written="a\nb\n")
    assert told(engine) == ["[web-1] a", "[web-1] b", "[web-2] c"]
    assert sorted(told(engine, follow=True)) == ["[web-1] a", "[web-1] b", "[web-2] c"]


def test_what_is_wanted_is_asked_of_the_server(engine: KubernetesEngine, web: ApiServer) -> None:
    pod(web, "web-1", "2026-01-01T00:00:00Z", "app", "side", written="x\n")
    told(engine, of="side", lines=7, previous=True)
    assert web.queries[-1] == {"container": ["side"], "tailLines": ["7"], "previous": ["true"]}
    told(engine, follow=True)
    assert web.queries[-1] == {"container": ["app"], "follow": ["true"]}


def test_another_name_is_told_with_those_there_are(engine: KubernetesEngine, web: ApiServer) -> None:
    pod(web, "web-1", "2026-01-01T00:00:00Z", "app", "side")
    with pytest.raises(SolakubeError) as caught:
        told(engine, of="nobody")
    assert caught.value.problems[0].why == "there are logs of: app, side"


def test_without_pods_there_is_no_log(engine: KubernetesEngine, web: ApiServer) -> None:
    with pytest.raises(SolakubeError, match="no pods that could have written"):
        told(engine)


@pytest.mark.parametrize("follow", [True, False])
@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (refusal(400, 'previous terminated container "app" not found', "BadRequest"), "previous terminated"),
        (refusal(403, "pods/log is forbidden", "Forbidden"), "pods/log is forbidden"),
    ],
)
def test_what_cannot_be_read_is_told(
    engine: KubernetesEngine, web: ApiServer, fault: Fault, why: str, follow: bool
) -> None:
    for name in ("web-1", "web-2"):
        pod(web, name, "2026-01-01T00:00:00Z", "app")
        web.faults[f"/api/v1/namespaces/web/pods/{name}/log"] = fault
    with pytest.raises(SolakubeError) as caught:
        told(engine, follow=follow)
    assert "cannot read the log of container app in Pod web/web-" in caught.value.problems[0].what
    assert why in caught.value.problems[0].why


def test_what_is_not_deployed_has_no_log(engine: KubernetesEngine) -> None:
    with pytest.raises(SolakubeError, match="web is not deployed"):
        told(engine)
