from __future__ import annotations

from typing import Any

import pytest

from solakube_core.kube.health.readiness import missing
from solakube_core.model import Await, ObjectRef


def deployment(**status: int) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {"generation": 3},
        "spec": {"replicas": 1},
        "status": {"observedGeneration": 3, **status},
    }


def test_a_rollout_ends_when_only_new_pods_are_there_and_available() -> None:
    assert missing(deployment(updatedReplicas=1, replicas=1, availableReplicas=1), "rolled-out") == ""


@pytest.mark.parametrize(
    ("live", "lack"),
    [
        (deployment() | {"metadata": {"generation": 4}}, "the cluster has not taken up the change yet"),
        (deployment(), "0 of 1 new pods exist"),
        (deployment(updatedReplicas=1, replicas=2, availableReplicas=2), "1 old pods have not ended yet"),
        (deployment(updatedReplicas=1, replicas=1), "0 of 1 pods are available"),
    ],
)
def test_an_unfinished_rollout_says_what_is_missing(live: dict[str, Any], lack: str) -> None:
    assert missing(live, "rolled-out") == lack


@pytest.mark.parametrize(("phase", "lack"), [("Bound", ""), ("Pending", "it is Pending"), ("Lost", "it is Lost")])
def test_only_a_bound_claim_is_bound(phase: str, lack: str) -> None:
    assert missing({"status": {"phase": phase}}, "bound") == lack


def test_a_claim_without_status_is_pending() -> None:
    assert missing({}, "bound") == "it is Pending"


def test_a_condition_must_be_true_and_else_tells_its_message() -> None:
    ready = {"type": "Ready", "status": "True", "message": "up to date"}
    waiting = {"type": "Ready", "status": "False", "message": "issuing"}
    assert missing({"status": {"conditions": [ready]}}, "condition:Ready") == ""
    assert missing({"status": {"conditions": [waiting]}}, "condition:Ready") == "issuing"
    assert missing({"status": {}}, "condition:Ready") == "it is not Ready yet"


def test_what_does_not_exist_is_missing() -> None:
    assert missing(None, "rolled-out") == "it does not exist"


@pytest.mark.parametrize(
    ("kind", "status", "lack"),
    [
        ("StatefulSet", {"readyReplicas": 1, "currentRevision": "a", "updateRevision": "a"}, ""),
        ("StatefulSet", {}, "0 of 1 pods are ready"),
        ("StatefulSet", {"readyReplicas": 1, "currentRevision": "a", "updateRevision": "b"}, "0 of 1 new pods exist"),
        ("DaemonSet", {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}, ""),
        ("DaemonSet", {"desiredNumberScheduled": 2, "updatedNumberScheduled": 1}, "1 of 2 new pods exist"),
        ("DaemonSet", {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2}, "0 of 2 pods are available"),
    ],
)
def test_other_workloads_roll_out_by_their_own_figures(kind: str, status: dict[str, Any], lack: str) -> None:
    assert missing(deployment(**status) | {"kind": kind}, "rolled-out") == lack


@pytest.mark.parametrize(
    ("kind", "until"), [("Deployment", "ready"), ("Job", "rolled-out"), ("Deployment", "bound"), ("Job", "condition:")]
)
def test_what_never_comes_true_cannot_be_awaited(kind: str, until: str) -> None:
    with pytest.raises(ValueError, match=r"awaited; there are: rolled-out, bound|ever rolled-out|ever bound"):
        Await(ObjectRef("v1", kind, "wiki", "wiki"), until)


def test_a_condition_of_an_earlier_generation_does_not_count() -> None:
    condition = {"type": "Ready", "status": "True", "observedGeneration": 1}
    live = {"metadata": {"generation": 2}, "status": {"conditions": [condition]}}
    assert missing(live, "condition:Ready") == "the cluster has not taken up the change yet"
    assert missing({**live, "metadata": {"generation": 1}}, "condition:Ready") == ""
