"""Why something does not become ready, read from pods, claims and their events. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from solakube_core.kube.health.readiness import condition
from solakube_core.model import Cause, Manifest, ObjectRef

_PULL_PATIENCE = 15.0
_START_PATIENCE = 20.0
_REFUSAL_PATIENCE = 10.0
_PROVISION_PATIENCE = 90.0
_CRASHES = 2

_PULL_REASONS = frozenset({"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"})
_START_REASONS = frozenset({"CreateContainerError", "RunContainerError", "CreateContainerConfigError"})
_TOLD_OTHERWISE = frozenset({"BackOff", "Failed", "FailedScheduling"})
"""Reasons of events that repeat what a pod's status says better."""


@dataclass(frozen=True)
class LogSource:
    """A container whose last lines tell more."""

    pod: ObjectRef
    container: str
    previous: bool


@dataclass(frozen=True)
class LoggedCause(Cause):
    """A reason of which a container's log tells more."""

    log: LogSource = field(kw_only=True)


def deployment_causes(deployment: Manifest) -> list[Cause]:
    """Explain pods that could not even be created (quota, admission, a missing service account)."""
    failure = condition(deployment, "ReplicaFailure")
    if failure.get("status") != "True":
        return []
    return [Cause("refused", f"its pods are refused: {failure['message']}", _REFUSAL_PATIENCE)]


def pod_causes(pod: Manifest, events: Iterable[Manifest]) -> list[Cause]:
    """Explain why a pod is not ready, best reason first.

    Args:
        events: those of the pod.
    """
    name = pod["metadata"]["name"]
    scheduled = condition(pod, "PodScheduled")
    found = []
    if scheduled.get("status") == "False":
        text = f"no node takes pod {name}: {scheduled.get('message', '')}"
        found.append(Cause(f"unscheduled:{name}", text))
    found += [cause for status in _containers(pod) for cause in _container_causes(pod, status)]
    return found + list(_warnings(f"pod {name}", events))


def claim_causes(claim: Manifest, events: Iterable[Manifest], binding_mode: str) -> list[Cause]:
    """Explain why a claim is not bound.

    Args:
        events: those of the claim.
        binding_mode: volumeBindingMode of its storage class; "" where the class does not exist.
    """
    class_name = claim["spec"].get("storageClassName")
    if class_name and not binding_mode:
        text = f"there is no storage class {class_name}"
        return [Cause("no-class", text, _REFUSAL_PATIENCE)]
    warnings = list(_warnings("the claim", events, _PROVISION_PATIENCE))
    if not warnings and binding_mode == "WaitForFirstConsumer":
        return [Cause("consumer", "its volume is made once a pod that uses it has been given a node")]
    return warnings


def container_trouble(status: Manifest) -> str:
    """Say how a container's last run ended; "" when it never ended."""
    ended = (status.get("lastState") or {}).get("terminated") or (status.get("state") or {}).get("terminated")
    if not ended:
        return ""
    if ended.get("reason") == "OOMKilled":
        return "it was killed for using more memory than its limit (OOMKilled)"
    message = (ended.get("message") or "").strip()
    return f"it ended with exit code {ended['exitCode']}" + (f": {message}" if message else "")


def latest(events: Iterable[Manifest]) -> str:
    """Return the message of the newest event; "" where there is none."""
    newest = max(events, key=_when, default=None)
    return str(newest.get("message", "")).strip() if newest else ""


def _containers(pod: Manifest) -> list[Any]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _container_causes(pod: Manifest, status: Manifest) -> Iterator[Cause]:
    waiting = (status.get("state") or {}).get("waiting") or {}
    reason, message = waiting.get("reason", ""), waiting.get("message", "")
    where = f"container {status['name']} of pod {pod['metadata']['name']}"
    if reason in _PULL_REASONS:
        yield Cause(
            f"pull:{where}",
            f"the image {status['image']} of {where} cannot be pulled: {message or reason}",
            _PULL_PATIENCE,
        )
    elif reason in _START_REASONS:
        # A Secret that another controller is about to make is missing only for now.
        patience = math.inf if reason == "CreateContainerConfigError" else _START_PATIENCE
        yield Cause(f"start:{where}", f"{where} cannot be started: {message or reason}", patience)
    elif crashes := _crashes(status):
        log = LogSource(ObjectRef.of({"apiVersion": "v1", "kind": "Pod", **pod}), status["name"], _running(status))
        text = f"{where} crashes (restarts: {crashes}): {container_trouble(status)}"
        yield LoggedCause(f"crash:{where}", text, 0.0 if crashes >= _CRASHES else math.inf, log=log)


def _crashes(status: Manifest) -> int:
    """Count the restarts of a container that does not stay up; 0 while it is ready."""
    return 0 if status.get("ready") else int(status.get("restartCount", 0))


def _running(status: Manifest) -> bool:
    """The log of the run that crashed is the previous one as soon as the next run has begun."""
    return "running" in (status.get("state") or {})


def _warnings(subject: str, events: Iterable[Manifest], patience: float = math.inf) -> Iterator[Cause]:
    newest: dict[str, Manifest] = {}
    for event in sorted(events, key=_when):
        if event.get("type") == "Warning" and event["reason"] not in _TOLD_OTHERWISE:
            newest[event["reason"]] = event
    for reason, event in newest.items():
        yield Cause(f"event:{subject}:{reason}", f"{subject}: {reason}: {event['message'].strip()}", patience)


def _when(event: Manifest) -> str:
    """Return an event's time as text that sorts by time; which field holds it depends on who reported it."""
    series = event.get("series") or {}
    return str(
        series.get("lastObservedTime")
        or event.get("lastTimestamp")
        or event.get("eventTime")
        or event["metadata"].get("creationTimestamp", "")
    )
