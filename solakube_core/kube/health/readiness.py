"""Whether an object has become what is awaited of it, and if not, what is missing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solakube_core.model import Manifest

_CONDITION = "condition:"


def missing(live: Manifest | None, until: str) -> str:
    """Say what a live object lacks to fulfil a condition; "" once it does.

    Args:
        live: the object, None where there is none.
        until: as in `solakube_core.model.Await`.

    """
    if live is None:
        return "it does not exist"
    if until == "rolled-out":
        return _rollout(live)
    if until == "bound":
        phase = (live.get("status") or {}).get("phase", "Pending")
        return "" if phase == "Bound" else f"it is {phase}"
    return _condition(live, until.removeprefix(_CONDITION))


def condition(live: Manifest, kind: str) -> Mapping[str, Any]:
    """Return one of the conditions in an object's status; {} where it has none of this type."""
    conditions = (live.get("status") or {}).get("conditions") or ()
    return next((entry for entry in conditions if entry["type"] == kind), {})


def is_ready(pod: Manifest) -> bool:
    """Tell whether a pod takes traffic."""
    return condition(pod, "Ready").get("status") == "True"


def _rollout(workload: Manifest) -> str:
    """Judge as `kubectl rollout status` does (k8s.io/kubectl, polymorphichelpers/rollout_status.go)."""
    status = workload.get("status") or {}
    if status.get("observedGeneration", 0) < workload["metadata"]["generation"]:
        return "the cluster has not taken up the change yet"
    return _ROLLOUTS[workload["kind"]](workload, status)


def _of_deployment(deployment: Manifest, status: Mapping[str, Any]) -> str:
    wanted = deployment["spec"].get("replicas", 1)
    updated = status.get("updatedReplicas", 0)
    if updated < wanted:
        return f"{updated} of {wanted} new pods exist"
    if status.get("replicas", 0) > updated:
        return f"{status['replicas'] - updated} old pods have not ended yet"
    available = status.get("availableReplicas", 0)
    return f"{available} of {wanted} pods are available" if available < updated else ""


def _of_stateful_set(stateful_set: Manifest, status: Mapping[str, Any]) -> str:
    wanted = stateful_set["spec"].get("replicas", 1)
    if (ready := status.get("readyReplicas", 0)) < wanted:
        return f"{ready} of {wanted} pods are ready"
    current = status.get("currentRevision") == status.get("updateRevision")
    return "" if current else f"{status.get('updatedReplicas', 0)} of {wanted} new pods exist"


def _of_daemon_set(_: Manifest, status: Mapping[str, Any]) -> str:
    wanted = status.get("desiredNumberScheduled", 0)
    if (updated := status.get("updatedNumberScheduled", 0)) < wanted:
        return f"{updated} of {wanted} new pods exist"
    available = status.get("numberAvailable", 0)
    return f"{available} of {wanted} pods are available" if available < wanted else ""


_ROLLOUTS = {"Deployment": _of_deployment, "StatefulSet": _of_stateful_set, "DaemonSet": _of_daemon_set}


def _condition(live: Manifest, kind: str) -> str:
    found, generation = condition(live, kind), (live.get("metadata") or {}).get("generation", 0)
    if found.get("observedGeneration", generation) < generation:
        return "the cluster has not taken up the change yet"
    if found.get("status") == "True":
        return ""
    return str(found.get("message") or found.get("reason") or f"it is not {kind} yet")
