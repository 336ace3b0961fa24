"""A plan that brings a kind and objects of it."""

from __future__ import annotations

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from solakube_core.kube.apply import applying, definitions
from solakube_core.model import Manifest
from solakube_core.testing import thing
from tests.e2e.engine import samples
from tests.heard import Heard
from tests.unit.kube.api_server import ApiServer
from tests.unit.kube.conftest import Clock

DEFINED = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/pages.example.com"
START = "/apis/example.com/v1/namespaces/web/pages/start"


def definition(scope: str = "Namespaced") -> Manifest:
    spec = {
        "group": "example.com",
        "scope": scope,
        "names": {"kind": "Page", "plural": "pages"},
        "versions": [{"name": "v1", "served": True, "storage": True}, {"name": "v2", "served": False}],
    }
    return thing("apiextensions.k8s.io/v1", "CustomResourceDefinition", "pages.example.com", spec=spec)


def page(version: str = "v1") -> Manifest:
    return thing(f"example.com/{version}", "Page", "start")


@pytest.fixture(autouse=True)
def _clock(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (applying, definitions):
        monkeypatch.setattr(module, "time", clock)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("new", [True, False])
def test_the_kind_comes_first_and_its_objects_once_the_server_knows_it(
    engine: KubernetesEngine, server: ApiServer, progress: Heard, order: int, new: bool
) -> None:
    if not new:
        server.objects["/api/v1/namespaces/web"] = samples.namespace_object("web")
    server.taking_up = 3
    plan = samples.plan("web", *[definition(), page()][::order])
    assert engine.obstacles(plan) == ()
    assert [change.action for change in engine.changes(plan)[1:]] == ["create", "create"]
    engine.apply(plan, progress)
    assert START in server.objects
    assert "waiting until the cluster knows the kind Page" in progress.shown
    engine.apply(plan, progress)
    assert progress.said[-1] == "nothing to change"


def test_a_kind_of_the_whole_cluster_gets_no_namespace(
    engine: KubernetesEngine, server: ApiServer, progress: Heard
) -> None:
    engine.apply(samples.plan("web", definition("Cluster"), page()), progress)
    assert "/apis/example.com/v1/pages/start" in server.objects


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_a_version_that_the_plan_does_not_bring_is_told_before_anything_is_changed(
    engine: KubernetesEngine, server: ApiServer, version: str
) -> None:
    (problem,) = engine.obstacles(samples.plan("web", definition(), page(version)))
    assert problem.what == f"the cluster does not know the kind Page of example.com/{version}"
    assert server.objects == {}


def test_a_kind_that_is_not_taken_up_in_time_is_told(
    engine: KubernetesEngine, server: ApiServer, progress: Heard
) -> None:
    server.taking_up = 1000
    with pytest.raises(SolakubeError, match="does not know the kind Page"):
        engine.apply(samples.plan("web", definition(), page()), progress, timeout=5)
    server.taking_up = 0
    engine.apply(samples.plan("web", definition(), page()), progress)
    assert START in server.objects


def test_a_kind_stays_where_its_component_goes_as_data_does(
    engine: KubernetesEngine, server: ApiServer, progress: Heard
) -> None:
    engine.apply(samples.plan("web", definition(), page()), progress)
    engine.remove("web", False, progress)
    assert START not in server.objects
    assert DEFINED in server.objects
    told = engine.removal("web", True).goes
    assert "CustomResourceDefinition pages.example.com and all objects of the kind Page in the whole cluster" in told
    engine.remove("web", True, progress)
    assert DEFINED not in server.objects
