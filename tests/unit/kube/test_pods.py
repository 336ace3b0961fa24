from __future__ import annotations

from typing import Any

from solakube_core.kube.apply.refreshing import mounted
from solakube_core.kube.health.diagnosis import newest_pods
from solakube_core.kube.pods.picking import pick


def pod(name: str, ready: bool, created: str = "2026-01-01T00:00:00Z", **more: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "creationTimestamp": created, **more},
        "status": {
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [{"name": "tool", "state": {"running": {}}}],
        },
    }


def name_of(found: dict[str, Any] | None) -> str | None:
    return found["metadata"]["name"] if found else None


def test_a_pod_that_is_about_to_end_is_never_taken() -> None:
    ending = pod("old", ready=True, deletionTimestamp="2026-01-02T00:00:00Z")
    assert name_of(pick([ending, pod("new", ready=True)])) == "new"
    assert pick([ending]) is None


def test_of_ready_pods_the_newest_is_taken() -> None:
    assert name_of(pick([pod("b", True, "2026-01-02T00:00:00Z"), pod("a", True)])) == "b"


def test_traffic_goes_to_ready_pods_only() -> None:
    assert pick([pod("a", ready=False)]) is None


def test_a_program_can_run_beside_a_container_that_is_not_ready() -> None:
    assert name_of(pick([pod("a", ready=False)], container="tool")) == "a"
    assert pick([pod("a", ready=True)], container="other") is None


def test_a_ready_pod_is_better_than_a_newer_one_that_is_not() -> None:
    newer = pod("newer", False, "2026-01-02T00:00:00Z")
    assert name_of(pick([newer, pod("ready", True)], container="tool")) == "ready"


def test_only_pods_of_the_newest_revision_count() -> None:
    annotation = "deployment.kubernetes.io/revision"
    deployment = {"metadata": {"uid": "d", "annotations": {annotation: "2"}}}
    sets = [
        {
            "metadata": {
                "labels": {"pod-template-hash": digest},
                "annotations": {annotation: revision},
                "ownerReferences": [{"uid": owner}],
            }
        }
        for digest, revision, owner in (("old", "1", "d"), ("new", "2", "d"), ("foreign", "2", "x"))
    ]
    pods = [{"metadata": {"labels": {"pod-template-hash": digest}}} for digest in ("old", "new", "foreign")]
    assert newest_pods(deployment, sets, pods) == [pods[1]]


def test_mounted_secrets_are_found_in_plain_and_projected_volumes() -> None:
    volumes = [
        {"name": "a", "secret": {"secretName": "s1"}},
        {"name": "b", "projected": {"sources": [{"secret": {"name": "s2"}}, {"configMap": {"name": "c2"}}]}},
        {"name": "c", "configMap": {"name": "c1"}},
        {"name": "d", "emptyDir": {}},
    ]
    assert mounted({"spec": {"volumes": volumes}}) == {
        ("Secret", "s1"),
        ("Secret", "s2"),
        ("ConfigMap", "c1"),
        ("ConfigMap", "c2"),
    }
    assert mounted({"spec": {}}) == set()
