"""What others made under the names of a plan is theirs, until somebody says otherwise."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from solakube_core.model import ANYTHING, Adoptable, Plan
from tests.e2e.engine import samples
from tests.e2e.engine.conftest import Kubectl
from tests.e2e.support.waiting import PATIENCE
from tests.heard import Heard

KINDS = "deployment,service,configmap,secret,persistentvolumeclaim"


def theirs(namespace: str) -> list[dict[str, Any]]:
    """Another team's database: its volume, its password, its program."""
    database = samples.deployment(namespace, samples.server(name="postgres"))
    database["spec"]["selector"]["matchLabels"] = {"team": "other"}
    database["spec"]["template"]["metadata"]["labels"] = {"team": "other"}
    password = samples.secret(namespace, "theirs") | {"type": "kubernetes.io/basic-auth"}
    objects = [samples.claim(namespace), password, database]
    return [entry | {"metadata": entry["metadata"] | {"labels": {"team": "other"}}} for entry in objects]


def install(kubectl: Kubectl, namespace: str, *objects: dict[str, Any]) -> str:
    kubectl("create", "namespace", namespace)
    kubectl("create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    return specs(kubectl, namespace)


def specs(kubectl: Kubectl, namespace: str) -> str:
    """All that is in the namespace, but for what controllers write: a status, and the versions it leads to."""
    items = json.loads(kubectl("get", KINDS, "-n", namespace, "-o", "json"))["items"]
    kept = [entry for entry in items if entry["metadata"]["name"] != "kube-root-ca.crt"]
    for entry in kept:
        entry.pop("status", None)
        for name in ("resourceVersion", "managedFields"):
            entry["metadata"].pop(name, None)
        annotations = entry["metadata"].pop("annotations", {})
        annotations.pop("deployment.kubernetes.io/revision", None)
        # None at all until the controller has come by.
        if annotations:
            entry["metadata"]["annotations"] = annotations
    return json.dumps(kept, indent=1)


def test_another_teams_objects_are_told_all_at_once_and_left_as_they_are(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    before = install(kubectl, namespace, *theirs(namespace))
    plan = samples.web(namespace)
    problems = engine.obstacles(plan)
    assert {problem.what for problem in problems} == {
        f"{ref} is there already, and is not {namespace}'s"
        for ref in (
            f"PersistentVolumeClaim {namespace}/data",
            f"Secret {namespace}/password",
            f"Deployment {namespace}/web",
        )
    }
    assert all("kubectl-create" in problem.why for problem in problems)
    assert all(f"sk deploy {namespace} --take-over" in problem.remedy for problem in problems)
    with pytest.raises(SolakubeError):
        engine.apply(plan, progress)
    assert specs(kubectl, namespace) == before


def test_marks_that_do_not_match_adopt_nothing(engine: KubernetesEngine, kubectl: Kubectl, namespace: str) -> None:
    install(kubectl, namespace, *theirs(namespace))
    plan = replace(
        samples.web(namespace), adopts=(Adoptable({"app": "web"}), Adoptable({"team": "other", "app": "web"}))
    )
    assert len(engine.obstacles(plan)) == 3


def test_nothing_of_others_is_deleted_to_make_room(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    before = install(kubectl, namespace, *theirs(namespace))
    own = samples.secret(namespace) | {"type": "Opaque"}
    plan = replace(samples.plan(namespace, own, samples.deployment(namespace)), adopts=(ANYTHING,))
    told = {problem.what for problem in engine.obstacles(plan)}
    assert told == {
        f"Secret {namespace}/password cannot become {namespace}'s",
        f"Deployment {namespace}/web cannot become {namespace}'s",
    }
    assert specs(kubectl, namespace) == before


def taken_over(engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard) -> Plan:
    install(kubectl, namespace, samples.claim(namespace), samples.secret(namespace, "theirs"))
    plan = replace(samples.web(namespace), adopts=(ANYTHING,))
    assert engine.obstacles(plan) == ()
    engine.apply(plan, progress)
    engine.wait(plan, progress, PATIENCE)
    return plan


def test_what_was_taken_over_stays_when_the_component_goes_unless_it_is_named(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    taken_over(engine, kubectl, namespace, progress)
    removal = engine.removal(namespace, delete_data=True)
    assert [line.partition(",")[0] for line in removal.stays] == [
        f"PersistentVolumeClaim {namespace}/data",
        f"Secret {namespace}/password",
    ]
    engine.remove(namespace, True, progress)
    assert not engine.status(namespace).deployed
    assert kubectl("get", "pvc,secret", "-n", namespace, "-o", "name").split() == [
        "persistentvolumeclaim/data",
        "secret/password",
    ]
    with pytest.raises(SolakubeError, match="there is no Secret/other") as caught:
        engine.removal(namespace, False, also=("Secret/other",))
    assert "PersistentVolumeClaim/data, Secret/password" in caught.value.problems[0].why
    engine.remove(namespace, False, progress, also=("pvc/data",))
    engine.remove(namespace, True, progress, also=("secrets/password",))
    assert kubectl("get", "pvc,secret", "-n", namespace, "-o", "name") == ""
    assert kubectl("get", f"configmap/solakube-{namespace}", "-n", namespace, "--ignore-not-found") == ""


def test_a_secret_of_others_that_leaves_the_plan_stays(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    taken_over(engine, kubectl, namespace, progress)
    less = samples.plan(namespace, samples.config_map(namespace))
    assert f"Secret {namespace}/password" not in [change.subject for change in engine.changes(less)]
    engine.apply(less, progress)
    assert kubectl("get", "secret/password", "-n", namespace, "-o", "name") == "secret/password\n"
    kubectl("wait", "--for=delete", "deploy/web", "-n", namespace, "--timeout=300s")


def test_a_namespace_in_which_something_of_others_stays_is_kept(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    engine.apply(samples.plan(namespace, samples.config_map(namespace)), progress)
    kubectl("create", "-f", "-", stdin=json.dumps(samples.claim(namespace)))
    engine.apply(replace(samples.plan(namespace, samples.claim(namespace)), adopts=(ANYTHING,)), progress)
    assert f"Namespace {namespace}" not in engine.removal(namespace, delete_data=True).goes
    engine.remove(namespace, True, progress)
    assert progress.said[-1] == f"kept the namespace {namespace}: it holds PersistentVolumeClaim {namespace}/data"
    engine.remove(namespace, True, progress, also=("persistentvolumeclaim/data",))
    assert kubectl("get", "namespace", namespace, "--ignore-not-found") == ""
