"""What is being deleted is told as that, by `status`, by `diff`, and before a deployment whose work would be lost."""

from __future__ import annotations

import copy

import pytest

from solakube_core.engine import Fact
from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from tests.e2e.engine import samples
from tests.heard import Heard
from tests.unit.kube.api_server import ApiServer
from tests.unit.kube.conftest import Clock

WEB = "/api/v1/namespaces/web"
CLAIM = f"{WEB}/persistentvolumeclaims/data"
PLAN = samples.plan("web", samples.claim("web"), samples.config_map("web"), awaits=())
SINCE = "2026-11-29T00:00:00Z"

each = pytest.mark.parametrize(
    ("path", "subject"),
    [
        (CLAIM, "PersistentVolumeClaim web/data"),
        (f"{WEB}/configmaps/page", "ConfigMap web/page"),
        (WEB, "Namespace web"),
    ],
    ids=["a claim", "a ConfigMap", "the namespace"],
)


@pytest.fixture(autouse=True)
def deployed(engine: KubernetesEngine, server: ApiServer) -> None:
    engine.apply(PLAN, Heard())


def leave(server: ApiServer, path: str) -> None:
    """Have the object's deletion asked for, which a finalizer holds up."""
    server.objects[path]["metadata"] |= {"deletionTimestamp": SINCE, "finalizers": ["example.com/held"]}


def told(engine: KubernetesEngine, subject: str) -> list[Fact]:
    return [fact for fact in engine.status("web", "web").facts if fact.subject == subject]


@each
def test_status_tells_it_and_what_holds_it(
    engine: KubernetesEngine, server: ApiServer, path: str, subject: str
) -> None:
    assert all(fact.state != "being deleted" for fact in told(engine, subject))
    leave(server, path)
    (fact,) = told(engine, subject)
    assert (fact.state, fact.healthy) == ("being deleted", False)
    assert fact.detail == f"since {SINCE}, held by example.com/held"


@each
def test_diff_tells_it(engine: KubernetesEngine, server: ApiServer, path: str, subject: str) -> None:
    leave(server, path)
    (change,) = [change for change in engine.changes(PLAN) if change.subject == subject]
    assert change.action == "update"
    assert "being deleted since" in change.lines[0]


@each
def test_a_deployment_waits_for_its_end_and_changes_nothing_before(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, progress: Heard, path: str, subject: str
) -> None:
    leave(server, path)
    before = copy.deepcopy(server.objects)
    with pytest.raises(SolakubeError, match=f"{subject} is still being deleted"):
        engine.apply(PLAN, progress)
    assert server.objects == before


def test_a_namespace_that_somebody_else_made_is_told_where_nothing_is_deployed(
    engine: KubernetesEngine, server: ApiServer
) -> None:
    server.objects.clear()
    server.objects[WEB] = samples.namespace_object("web")
    leave(server, WEB)
    status = engine.status("web", "web")
    assert not status.deployed
    assert [(fact.subject, fact.state) for fact in status.facts] == [("Namespace web", "being deleted")]


def test_a_namespace_that_somebody_else_made_is_told_beside_what_is_deployed_in_it(
    engine: KubernetesEngine, server: ApiServer
) -> None:
    server.objects.clear()
    server.objects[WEB] = samples.namespace_object("web")
    engine.apply(PLAN, Heard())
    leave(server, WEB)
    assert [fact.state for fact in told(engine, "Namespace web")] == ["being deleted"]
