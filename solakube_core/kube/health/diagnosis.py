"""Asking the cluster why something does not become ready."""

from __future__ import annotations

from collections.abc import Iterable

from solakube_core.errors import SolakubeError
from solakube_core.kube.client.api import Api, Object
from solakube_core.kube.health.causes import LoggedCause, claim_causes, deployment_causes, latest, pod_causes
from solakube_core.kube.health.observing import Observe
from solakube_core.kube.health.readiness import condition, missing
from solakube_core.model import Cause, ObjectRef

_REVISION = "deployment.kubernetes.io/revision"
_HASH = "pod-template-hash"
_LOG_LINES = 10


def diagnose(api: Api, live: Object, observe: Observe) -> tuple[str, list[Cause]]:
    """Return what is going on with an object at the moment, and all that keeps it from being ready."""
    if live["kind"] == "Deployment":
        return _deployment(api, live)
    if live["kind"] == "PersistentVolumeClaim":
        return _claim(api, live)
    observation = observe(live)
    return "", list(observation.causes) if observation else []


def with_log(api: Api, cause: Cause) -> str:
    """Return a cause's text with the last lines of the container's log, where it has one that can be read."""
    if not isinstance(cause, LoggedCause):
        return cause.text
    try:
        lines = tuple(api.log(cause.log.pod, cause.log.container, previous=cause.log.previous, lines=_LOG_LINES))
    except SolakubeError:
        lines = ()
    if not lines:
        return cause.text
    return "\n      ".join([f"{cause.text}; its last lines:", *lines])


def newest_pods(deployment: Object, replica_sets: Iterable[Object], pods: Iterable[Object]) -> list[Object]:
    """Return those pods that belong to the Deployment's newest revision and are not about to end."""
    revision = (deployment["metadata"].get("annotations") or {}).get(_REVISION)
    hashes = {
        replica_set["metadata"]["labels"][_HASH]
        for replica_set in replica_sets
        if replica_set["metadata"].get("annotations", {}).get(_REVISION) == revision
        and any(
            owner["uid"] == deployment["metadata"]["uid"]
            for owner in replica_set["metadata"].get("ownerReferences") or ()
        )
    }
    return [
        pod
        for pod in pods
        if pod["metadata"].get("labels", {}).get(_HASH) in hashes and "deletionTimestamp" not in pod["metadata"]
    ]


def events_of(api: Api, live: Object) -> list[Object]:
    """Return the events about one object."""
    metadata = live["metadata"]
    fields = {"involvedObject.name": metadata["name"], "involvedObject.uid": metadata["uid"]}
    return api.list_all("v1", "Event", metadata["namespace"], fields=fields)


def _deployment(api: Api, live: Object) -> tuple[str, list[Cause]]:
    namespace, selector = live["metadata"]["namespace"], live["spec"]["selector"]["matchLabels"]
    replica_sets = api.list_all("apps/v1", "ReplicaSet", namespace, selector)
    pods = newest_pods(live, replica_sets, api.list_all("v1", "Pod", namespace, selector))
    causes, news = deployment_causes(live), ""
    for pod in pods:
        events = events_of(api, pod)
        causes += pod_causes(pod, events)
        news = latest(events) or news
        if condition(pod, "PodScheduled").get("status") != "True":
            causes += _unbound(api, pod)
    return news, causes


def _unbound(api: Api, pod: Object) -> list[Cause]:
    """Explain the claims that keep a pod from getting a node."""
    claims = api.get_many(
        ObjectRef("v1", "PersistentVolumeClaim", name, pod["metadata"]["namespace"]) for name in claims_of(pod)
    )
    return [cause for live in claims.values() if missing(live, "bound") for cause in _claim(api, live)[1]]


def claims_of(pod: Object) -> list[str]:
    """Name the claims whose volumes a pod uses."""
    volumes = pod["spec"].get("volumes") or ()
    return [entry["persistentVolumeClaim"]["claimName"] for entry in volumes if "persistentVolumeClaim" in entry]


def _claim(api: Api, live: Object) -> tuple[str, list[Cause]]:
    storage_class = api.get(ObjectRef("storage.k8s.io/v1", "StorageClass", live["spec"].get("storageClassName") or "-"))
    events = events_of(api, live)
    mode = str(storage_class["volumeBindingMode"]) if storage_class else ""
    return latest(events), claim_causes(live, events, mode)
