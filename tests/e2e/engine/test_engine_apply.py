"""Applying plans: no-ops, pruning, ownership, refusals."""

from __future__ import annotations

import json

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from solakube_core.model import ObjectRef
from tests.e2e.engine import samples
from tests.e2e.engine.conftest import Kubectl
from tests.e2e.support.waiting import PATIENCE
from tests.heard import Heard

KINDS = "deployment,service,configmap,secret,persistentvolumeclaim,pod"


def versions(kubectl: Kubectl, namespace: str) -> dict[str, str]:
    """Return the resourceVersion of everything in a namespace."""
    listed = json.loads(kubectl("get", KINDS, "--namespace", namespace, "--output", "json"))
    return {
        f"{entry['kind']}/{entry['metadata']['name']}": entry["metadata"]["resourceVersion"]
        for entry in listed["items"]
    }


def test_a_second_run_changes_nothing(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    plan = samples.web(namespace)
    engine.apply(plan, progress)
    engine.wait(plan, progress, PATIENCE)
    before = versions(kubectl, namespace)
    assert len(before) >= 7
    again = Heard()
    engine.apply(plan, again)
    engine.wait(plan, again, PATIENCE)
    assert versions(kubectl, namespace) == before
    assert again.said == ["nothing to change"]
    assert {change.action for change in engine.changes(plan)} == {"unchanged"}


def test_a_plan_is_told_before_its_namespace_exists(engine: KubernetesEngine, namespace: str) -> None:
    assert {change.action for change in engine.changes(samples.web(namespace))} == {"create"}


def test_what_is_not_planned_any_more_goes_but_for_the_claim(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    engine.apply(samples.plan(namespace, samples.claim(namespace), samples.config_map(namespace)), progress)
    less = samples.plan(namespace, samples.secret(namespace))
    assert [(change.action, change.subject) for change in engine.changes(less)] == [
        ("unchanged", f"Namespace {namespace}"),
        ("create", f"Secret {namespace}/password"),
        ("remove", f"ConfigMap {namespace}/page"),
    ]
    engine.apply(less, progress)
    left = versions(kubectl, namespace)
    assert "ConfigMap/page" not in left
    assert "PersistentVolumeClaim/data" in left


def test_a_change_shows_in_the_difference_and_not_in_the_clear(
    engine: KubernetesEngine, namespace: str, progress: Heard
) -> None:
    objects = samples.config_map(namespace), samples.secret(namespace, "old-word")
    engine.apply(samples.plan(namespace, *objects), progress)
    changed = samples.config_map(namespace, text="bye\n"), samples.secret(namespace, "new-word")
    told = engine.changes(samples.plan(namespace, *changed))
    assert [change.action for change in told] == ["unchanged", "update", "update"]
    assert "+  index.html: |" in told[1].lines or "+    bye" in told[1].lines
    assert any("(secret, changed)" in line for line in told[2].lines)
    for word in ("b2xkLXdvcmQ", "bmV3LXdvcmQ", "old-word", "new-word"):
        assert word not in str(told)


def test_a_field_that_cannot_be_changed_in_place_is_changed_by_replacing_the_object(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    page = samples.config_map(namespace)
    engine.apply(samples.plan(namespace, page, samples.deployment(namespace)), progress)
    other = samples.deployment(namespace)
    other["spec"]["selector"]["matchLabels"] = {"app": "other"}
    other["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    plan = samples.plan(namespace, page, other)
    (replaced,) = (change for change in engine.changes(plan) if change.action != "unchanged")
    assert replaced.lines[0].startswith("replaced: ")
    engine.apply(plan, progress)
    engine.wait(plan, progress, PATIENCE)
    selector = kubectl("get", "deployment/web", "-n", namespace, "-o", "jsonpath={.spec.selector.matchLabels}")
    assert json.loads(selector) == {"app": "other"}


def test_a_rolling_update_becomes_recreate(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    page = samples.config_map(namespace)
    engine.apply(samples.plan(namespace, page, samples.deployment(namespace)), progress)
    recreate = samples.deployment(namespace, strategy={"type": "Recreate"})
    plan = samples.plan(namespace, page, recreate)
    assert [change.action for change in engine.changes(plan)] == ["unchanged", "unchanged", "update"]
    engine.apply(plan, progress)
    strategy = kubectl("get", "deployment/web", "-n", namespace, "-o", "jsonpath={.spec.strategy}")
    assert json.loads(strategy) == {"type": "Recreate"}


def test_the_claim_keeps_class_and_size(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    engine.apply(samples.plan(namespace, samples.claim(namespace)), progress)
    other = samples.claim(namespace, storage_class="another", size="500Mi")
    engine.apply(samples.plan(namespace, other), progress)
    spec = json.loads(kubectl("get", "pvc/data", "-n", namespace, "-o", "jsonpath={.spec}"))
    assert (spec["storageClassName"], spec["resources"]["requests"]["storage"]) == ("standard", "1Gi")


def test_an_object_of_another_component_is_refused(engine: KubernetesEngine, namespace: str, progress: Heard) -> None:
    engine.apply(samples.plan(namespace, samples.config_map(namespace)), progress)
    mine = samples.plan(namespace, samples.config_map(namespace))
    intruder = type(mine)("intruder", mine.objects[1:], (), mine.backend)
    with pytest.raises(SolakubeError, match="cannot be used for intruder"):
        engine.apply(intruder, progress)


def test_an_unknown_kind_is_an_error_that_says_what_is_missing(
    engine: KubernetesEngine, namespace: str, progress: Heard
) -> None:
    metadata = samples.metadata("x", namespace)
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata}
    with pytest.raises(SolakubeError, match="does not know the kind Widget") as caught:
        engine.apply(samples.plan(namespace, widget), progress)
    assert "CustomResourceDefinition" in caught.value.problems[0].why


def test_a_changed_secret_reaches_the_running_pod_at_once(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    first = samples.web(namespace)
    engine.apply(first, progress)
    engine.wait(first, progress, PATIENCE)
    pods = kubectl("get", "pods", "-n", namespace, "-o", "name")
    objects = [
        samples.secret(namespace, "second") if entry["kind"] == "Secret" else entry for entry in first.objects[1:]
    ]
    engine.apply(samples.plan(namespace, *objects), progress)
    read = "until grep -q second /password/password; do sleep 0.2; done"
    # Unasked, the kubelet takes about a minute.
    kubectl("exec", "-n", namespace, "deployment/web", "--", "timeout", "20", "sh", "-c", read)
    assert kubectl("get", "pods", "-n", namespace, "-o", "name") == pods


def test_objects_outside_the_plan_belong_to_the_component_until_its_next_deployment(
    engine: KubernetesEngine, kubectl: Kubectl, namespace: str, progress: Heard
) -> None:
    plan = samples.plan(namespace, samples.config_map(namespace))
    engine.apply(plan, progress)
    engine.put([samples.config_map(namespace, "extra")], namespace)
    assert f"ConfigMap {namespace}/extra" in engine.removal(namespace, delete_data=False).goes
    engine.put([samples.config_map(namespace, "nobodys")])
    engine.apply(plan, progress)
    left = versions(kubectl, namespace)
    assert "ConfigMap/extra" not in left
    assert "ConfigMap/nobodys" in left
    nobodys = ObjectRef("v1", "ConfigMap", "nobodys", namespace)
    engine.discard([nobodys, nobodys])
    assert engine.site.get(nobodys) is None


def test_nothing_can_be_put_for_a_component_that_is_not_there(engine: KubernetesEngine, namespace: str) -> None:
    with pytest.raises(SolakubeError, match="is not deployed"):
        engine.put([samples.config_map(namespace)], namespace)
