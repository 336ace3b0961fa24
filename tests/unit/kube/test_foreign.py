"""What others made under a name of the plan is told before anything is changed, and nothing of it is changed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from solakube_core.kube.objects.ownership import COMPONENT_LABEL
from solakube_core.model import ANYTHING, Adoptable, Plan
from tests.e2e.engine import samples
from tests.heard import Heard
from tests.unit.kube.api_server import ApiServer

WEB = "/api/v1/namespaces/web"
RECORD = {"manager": "kubectl-create", "operation": "Update", "fieldsV1": {"f:data": {}}}
ADOPTABLE = Adoptable({"app": "web", "release": "web"})


@dataclass(frozen=True)
class Kind:
    """A kind of which others have an object of the plan's name."""

    path: str
    make: Callable[[str], dict[str, Any]]

    def theirs(self, labels: dict[str, str]) -> dict[str, Any]:
        made = self.make("web")
        return {**made, "metadata": {**made["metadata"], "labels": labels, "managedFields": [RECORD]}}

    def plan(self, adopts: Adoptable) -> Plan:
        new = samples.config_map("web", "new")
        return replace(samples.plan("web", new, self.make("web"), awaits=()), adopts=(adopts,))


KINDS = {
    "ConfigMap": Kind(f"{WEB}/configmaps/page", samples.config_map),
    "Secret": Kind(f"{WEB}/secrets/password", samples.secret),
    "PersistentVolumeClaim": Kind(f"{WEB}/persistentvolumeclaims/data", samples.claim),
    "Service": Kind(f"{WEB}/services/web", samples.service),
    "Deployment": Kind("/apis/apps/v1/namespaces/web/deployments/web", samples.deployment),
}

kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@pytest.fixture(autouse=True)
def inhabited(server: ApiServer) -> None:
    server.objects[WEB] = samples.namespace_object("web")


@kinds
@pytest.mark.parametrize("labels", [{"team": "other"}, {}, {"app": "web"}], ids=["of theirs", "none", "half of ours"])
def test_it_is_told_with_who_made_it(
    engine: KubernetesEngine, server: ApiServer, progress: Heard, kind: Kind, labels: dict[str, str]
) -> None:
    server.objects[kind.path] = kind.theirs(labels)
    before = copy.deepcopy(server.objects)
    (told,) = engine.obstacles(kind.plan(ADOPTABLE))
    assert "is there already, and is not web's" in told.what
    assert "kubectl-create" in told.why
    assert "sk deploy web --take-over" in told.remedy
    with pytest.raises(SolakubeError, match="is there already"):
        engine.apply(kind.plan(ADOPTABLE), progress)
    assert server.objects == before


@kinds
def test_what_another_component_owns_is_not_taken_over_either(
    engine: KubernetesEngine, server: ApiServer, progress: Heard, kind: Kind
) -> None:
    server.objects[kind.path] = kind.theirs({COMPONENT_LABEL: "wiki"})
    before = copy.deepcopy(server.objects)
    with pytest.raises(SolakubeError, match="it belongs to the component wiki"):
        engine.apply(kind.plan(ANYTHING), progress)
    assert server.objects == before


@kinds
def test_what_bears_all_the_marks_is_adopted(engine: KubernetesEngine, server: ApiServer, kind: Kind) -> None:
    server.objects[kind.path] = kind.theirs({"app": "web", "release": "web", "team": "other"})
    assert engine.obstacles(kind.plan(ADOPTABLE)) == ()
