"""What the server is asked before anything is changed, and what is told of its answers."""

from __future__ import annotations

from typing import Any

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from solakube_core.model import Manifest
from tests.e2e.engine import samples
from tests.heard import Heard
from tests.unit.kube.api_server import ApiServer, Fault, refusal
from tests.unit.kube.conftest import Clock

WEB = "/api/v1/namespaces/web"
JOBS = "/apis/batch/v1/namespaces/web/jobs"
FIXED = {"field": "spec.template", "reason": "FieldValueInvalid", "message": "Invalid value: {}: field is immutable"}


def job(text: str = "a") -> Manifest:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": samples.metadata("once", "web"),
        "spec": {"template": {"spec": {"nodeName": text}}},
    }


def written(server: ApiServer) -> list[str]:
    """Return what was changed so far: the names of the objects that are there."""
    return sorted(path.rpartition("/")[2] for path in server.objects)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({"apiVersion": "v1", "kind": "Secret", "metadata": {}}, "(v1 Secret) lacks metadata.name"),
        ({"apiVersion": "v1", "metadata": {"name": "a"}}, "(v1 a) lacks kind"),
        ({"kind": "Secret", "metadata": None}, "(Secret) lacks apiVersion, metadata.name"),
        ({}, "(an empty one) lacks apiVersion, kind, metadata.name"),
        ("text", "one of its objects is a str"),
        (samples.config_map("web"), "ConfigMap web/page is in it twice"),
    ],
)
def test_an_object_that_is_none_is_told_before_anything_is_changed(
    engine: KubernetesEngine, server: ApiServer, progress: Heard, broken: Any, why: str
) -> None:
    plan = samples.plan("web", samples.config_map("web"), broken)
    (problem,) = engine.obstacles(plan)
    assert problem.what == "the plan of web cannot be carried out"
    assert why in problem.why
    for ask in (engine.changes, lambda plan: engine.apply(plan, progress)):
        with pytest.raises(SolakubeError, match="the plan of web cannot be carried out"):
            ask(plan)
    assert written(server) == []


def test_all_that_the_server_would_refuse_is_told_at_once_and_nothing_is_changed(
    engine: KubernetesEngine, server: ApiServer, progress: Heard
) -> None:
    server.objects["/api/v1/namespaces/web"] = samples.namespace_object("web")
    unfit = refusal(422, "spec.ports: Required value", "Invalid", method="PATCH")
    full = refusal(403, "exceeded quota: tiny", "Forbidden", method="PATCH")
    server.faults |= {f"{WEB}/services/web": unfit, "/apis/apps/v1/namespaces/web/deployments/web": full}
    plan = samples.plan("web", samples.config_map("web"), samples.service("web"), samples.deployment("web"))
    assert [problem.why for problem in engine.obstacles(plan)] == ["spec.ports: Required value", "exceeded quota: tiny"]
    with pytest.raises(SolakubeError, match="2 problems"):
        engine.apply(plan, progress)
    assert written(server) == ["web"]


def test_what_must_be_in_a_namespace_that_is_not_there_yet_is_tried_in_another(
    engine: KubernetesEngine, server: ApiServer
) -> None:
    server.faults["/api/v1/namespaces/default/services"] = refusal(422, "spec.ports: Required value", "Invalid")
    server.faults["/api/v1/namespaces/default/configmaps"] = refusal(403, "exceeded quota: tiny", "Forbidden")
    plan = samples.plan("web", samples.config_map("web"), samples.service("web"))
    assert [problem.why for problem in engine.obstacles(plan)] == ["spec.ports: Required value"]


def test_a_webhook_that_takes_no_part_in_trials_is_no_obstacle(engine: KubernetesEngine, server: ApiServer) -> None:
    message = 'admission webhook "a.example.com" does not support dry run'
    server.faults["/api/v1/namespaces/default/configmaps"] = refusal(400, message, "BadRequest")
    assert engine.obstacles(samples.plan("web", samples.config_map("web"))) == ()


def test_a_server_that_does_not_answer_is_no_obstacle_but_an_error(
    engine: KubernetesEngine, server: ApiServer, clock: Clock
) -> None:
    server.faults["/api/v1/namespaces/default/configmaps"] = Fault(503)
    with pytest.raises(SolakubeError, match="cannot create ConfigMap page"):
        engine.obstacles(samples.plan("web", samples.config_map("web")))


def deployed(engine: KubernetesEngine, server: ApiServer, progress: Heard, *more: Manifest) -> None:
    engine.apply(samples.plan("web", job(), *more), progress)
    server.faults[f"{JOBS}/once"] = refusal(422, "a long dump", "Invalid", FIXED, method="PATCH")


def test_what_would_do_as_a_new_object_is_made_anew(
    engine: KubernetesEngine, server: ApiServer, progress: Heard
) -> None:
    deployed(engine, server, progress)
    (change,) = (found for found in engine.changes(samples.plan("web", job("b"))) if found.action == "update")
    assert change.lines[0] == "replaced: a long dump"


def test_what_would_not_do_as_a_new_object_either_is_an_error(
    engine: KubernetesEngine, server: ApiServer, progress: Heard
) -> None:
    deployed(engine, server, progress)
    server.faults[JOBS] = refusal(422, "spec.template: Required value", "Invalid", method="POST")
    (problem,) = engine.obstacles(samples.plan("web", job("b")))
    assert problem.what == "cannot apply Job web/once"


@pytest.mark.parametrize(("field", "replaced"), [("spec.template", True), ("metadata.labels", False)])
def test_where_the_server_cannot_tell_the_fields_that_a_kind_keeps_decide(
    engine: KubernetesEngine, server: ApiServer, progress: Heard, field: str, replaced: bool
) -> None:
    deployed(engine, server, progress)
    cause = {"field": field, "message": "Invalid value"}
    server.faults[f"{JOBS}/once"] = refusal(422, "no", "Invalid", cause, method="PATCH")
    server.faults[JOBS] = refusal(403, "exceeded quota: tiny", "Forbidden", method="POST")
    assert (engine.obstacles(samples.plan("web", job("b"))) == ()) is replaced


def test_what_others_made_is_not_made_anew(engine: KubernetesEngine, server: ApiServer, progress: Heard) -> None:
    deployed(engine, server, progress)
    server.objects[f"{JOBS}/once"]["metadata"]["managedFields"] = []
    server.faults[f"{JOBS}/once"] = refusal(422, "a long dump", "Invalid", FIXED, method="PUT")
    (problem,) = engine.obstacles(samples.plan("web", job("b")))
    assert problem.what == "Job web/once cannot become web's"


def test_who_may_not_delete_is_told_before_something_is_to_be_removed(
    engine: KubernetesEngine, server: ApiServer, progress: Heard
) -> None:
    deployed(engine, server, progress, samples.config_map("web"))
    denial = Fault(201, {"kind": "SelfSubjectAccessReview", "metadata": {}, "status": {"allowed": False}})
    server.faults["/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"] = denial
    found = {problem.what for problem in engine.obstacles(samples.plan("web", job("b")))}
    assert found == {
        "ConfigMap web/page is to be removed, and you may not delete configmaps in namespace web",
        "Job web/once is to be removed, and you may not delete jobs.batch in namespace web",
    }


def test_nothing_to_change_is_one_line_and_writes_nothing(
    engine: KubernetesEngine, server: ApiServer, progress: Heard
) -> None:
    plan = samples.plan("web", samples.config_map("web"), samples.service("web"))
    engine.apply(plan, progress)
    progress.said.clear()
    before = dict(server.objects)
    engine.apply(plan, progress)
    assert progress.said == ["nothing to change"]
    assert server.objects == before
