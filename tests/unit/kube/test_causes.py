from __future__ import annotations

import math
from typing import Any

import pytest

from solakube_core.kube.health.causes import (
    LoggedCause,
    claim_causes,
    container_trouble,
    deployment_causes,
    latest,
    pod_causes,
)


def pod(*statuses: dict[str, Any], conditions: tuple[dict[str, str], ...] = ()) -> dict[str, Any]:
    return {
        "metadata": {"name": "web-1", "namespace": "web"},
        "status": {"containerStatuses": list(statuses), "conditions": list(conditions)},
    }


def waiting(reason: str, message: str = "", **more: Any) -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": message}}
    return {"name": "app", "image": "nowhere/app:1", "state": state, "ready": False, **more}


def event(reason: str, message: str, when: str, kind: str = "Warning") -> dict[str, Any]:
    return {"type": kind, "reason": reason, "message": message, "lastTimestamp": when, "metadata": {}}


@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"])
def test_an_image_that_cannot_be_pulled_names_the_image_and_gives_up_soon(reason: str) -> None:
    (cause,) = pod_causes(pod(waiting(reason, "not found")), [])
    assert cause.text == "the image nowhere/app:1 of container app of pod web-1 cannot be pulled: not found"
    assert cause.patience < 60


def test_both_words_for_a_failing_pull_are_one_cause() -> None:
    (first,) = pod_causes(pod(waiting("ErrImagePull", "not found")), [])
    (second,) = pod_causes(pod(waiting("ImagePullBackOff", "Back-off pulling image")), [])
    assert first.key == second.key


def test_a_missing_secret_may_still_come() -> None:
    (cause,) = pod_causes(pod(waiting("CreateContainerConfigError", 'secret "x" not found')), [])
    assert cause.text.endswith('cannot be started: secret "x" not found')
    assert cause.patience == math.inf


def test_a_second_crash_is_one_too_many() -> None:
    crashed = waiting("CrashLoopBackOff", restartCount=2, lastState={"terminated": {"exitCode": 3}})
    (cause,) = pod_causes(pod(crashed), [])
    assert "crashes (restarts: 2): it ended with exit code 3" in cause.text
    assert cause.patience == 0
    assert isinstance(cause, LoggedCause)
    assert not cause.log.previous


def test_the_log_of_a_crash_is_the_previous_one_once_the_container_runs_again() -> None:
    running = {"name": "app", "image": "i", "state": {"running": {}}, "restartCount": 1, "ready": False}
    (cause,) = pod_causes(pod(running), [])
    assert isinstance(cause, LoggedCause)
    assert cause.log.previous
    assert cause.patience == math.inf


def test_a_ready_container_that_once_crashed_is_no_cause() -> None:
    assert pod_causes(pod({"name": "app", "ready": True, "restartCount": 7, "state": {"running": {}}}), []) == []


def test_a_pod_without_a_node_says_what_the_scheduler_says() -> None:
    condition = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes: insufficient memory"}
    (cause,) = pod_causes(pod(conditions=(condition,)), [])
    assert cause.text == "no node takes pod web-1: 0/1 nodes: insufficient memory"


def test_warnings_are_told_once_each_by_their_newest_wording() -> None:
    events = [
        event("FailedMount", "new", "2026-01-02T00:00:00Z"),
        event("FailedMount", "old", "2026-01-01T00:00:00Z"),
        event("BackOff", "told by the status", "2026-01-03T00:00:00Z"),
        event("Pulled", "all is well", "2026-01-03T00:00:00Z", "Normal"),
    ]
    assert [cause.text for cause in pod_causes(pod(), events)] == ["pod web-1: FailedMount: new"]


def test_the_memory_limit_is_named_as_what_killed_a_container() -> None:
    killed = {"lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}
    assert "more memory than its limit" in container_trouble(killed)


def test_refused_pods_tell_the_message_of_admission() -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: tiny"}
    (cause,) = deployment_causes({"status": {"conditions": [refused]}})
    assert cause.text == "its pods are refused: exceeded quota: tiny"
    assert deployment_causes({"status": {}}) == []


def test_a_claim_that_waits_for_its_pod_is_normal() -> None:
    (cause,) = claim_causes({"spec": {"storageClassName": "standard"}}, [], "WaitForFirstConsumer")
    assert cause.patience == math.inf
    assert "once a pod" in cause.text


def test_a_claim_of_a_class_that_does_not_exist_is_hopeless() -> None:
    (cause,) = claim_causes({"spec": {"storageClassName": "gone"}}, [], "")
    assert cause.text == "there is no storage class gone"
    assert cause.patience < 60


def test_a_failing_provisioner_is_quoted_even_if_the_class_waits_for_a_pod() -> None:
    failed = event("ProvisioningFailed", "quota of volumes exceeded", "2026-01-01T00:00:00Z")
    (cause,) = claim_causes({"spec": {"storageClassName": "c"}}, [failed], "WaitForFirstConsumer")
    assert cause.text == "the claim: ProvisioningFailed: quota of volumes exceeded"


def test_the_latest_event_is_found_whichever_field_holds_its_time() -> None:
    old = event("Pulling", "old", "2026-01-01T00:00:00Z", "Normal")
    new = {"message": "new", "eventTime": "2026-01-02T00:00:00.000000Z", "metadata": {}}
    assert latest([new, old]) == "new"
    assert latest([]) == ""
