"""The part of a verification that only a cluster can do: a pod pulls the image by its name and runs it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solakube_core.plugin import Manifest, ObjectRef, SolakubeError
from solakube_registry.private.pull_secret import PULL_SECRET, account_ref
from solakube_registry.private.verify.diagnosis import Observation, diagnose

if TYPE_CHECKING:
    from solakube_core.plugin import Engine, Progress, Site

TIMEOUT = 120.0
"""Seconds that a pod may take to be scheduled, to pull some kilobytes and to end."""

_PAUSE = 0.3
_NOBODY = 65534
_CONTAINER = "run"


@dataclass(frozen=True)
class Trial:
    """One pod that runs to its end.

    Attributes:
        engine: the cluster.
        pod: its manifest, with one container.
    """

    engine: Engine
    pod: Manifest

    @property
    def ref(self) -> ObjectRef:
        """The name of the pod."""
        return ObjectRef.of(self.pod)

    @property
    def image(self) -> str:
        """What it runs."""
        return str(self.pod["spec"]["containers"][0]["image"])

    def run(self, progress: Progress) -> None:
        """Run the pod to its end and remove it.

        Raises:
            SolakubeError: it could not pull or run the image; the message says why, in words.
        """
        seen = self.outcome(progress)
        if seen.phase != "Succeeded":
            raise SolakubeError.of([diagnose(seen, self.image)])

    def outcome(self, progress: Progress) -> Observation:
        """Run the pod to its end, or until it cannot come to one, remove it, and return what was seen at last."""
        try:
            self.engine.put([self.pod])
            seen = self._wait(progress)
        except BaseException:
            # What went wrong first is what the user must read, not that the pod was never there.
            with suppress(SolakubeError):
                self.engine.discard([self.ref])
            raise
        self.engine.discard([self.ref])
        return seen

    def _wait(self, progress: Progress) -> Observation:
        deadline = time.monotonic() + TIMEOUT
        while True:
            seen = observe(self.engine.site, self.ref)
            if seen.over or time.monotonic() > deadline:
                return seen
            progress.now(f"the pod {self.ref.namespace}/{self.ref.name} is {seen.state}")
            time.sleep(_PAUSE)


@contextmanager
def temporary_namespace(engine: Engine, name: str, labels: Mapping[str, str] | None = None) -> Iterator[str]:
    """Make a namespace that takes pods, and remove it with all that is in it at the end."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(labels or {})}}
    try:
        engine.put([namespace])
        _await_account(engine.site, name)
        yield name
    finally:
        engine.discard([ObjectRef.of(namespace)])


def _await_account(site: Site, namespace: str) -> None:
    """Wait until a new namespace has its service account: no pod is admitted before, not even one without its token.

    Where it does not come in time, what refuses the pod says so.
    """
    deadline = time.monotonic() + TIMEOUT
    while site.get(account_ref(namespace)) is None and time.monotonic() < deadline:
        time.sleep(_PAUSE)


def observe(site: Site, ref: ObjectRef) -> Observation:
    """Tell how a pod is doing."""
    pod = site.get(ref) or {}
    status = pod.get("status") or {}
    container = _first(status.get("containerStatuses"))
    waiting = (container.get("state") or {}).get("waiting") or {}
    ended = (container.get("state") or {}).get("terminated") or {}
    secret = site.get(ObjectRef("v1", "Secret", PULL_SECRET, ref.namespace))
    return Observation(
        namespace=ref.namespace,
        phase=status.get("phase", "Pending"),
        reason=waiting.get("reason") or ended.get("reason") or "",
        messages=(
            waiting.get("message") or ended.get("message") or "",
            *_warnings(site, ref),
            *_obstacles(status),
        ),
        has_secret=secret is not None,
        node=(pod.get("spec") or {}).get("nodeName", ""),
        pulled=bool(container.get("imageID")),
        told=ended.get("message") or "",
    )


def _first(entries: list[dict[str, Any]] | None) -> dict[str, Any]:
    return entries[0] if entries else {}


def _warnings(site: Site, ref: ObjectRef) -> Iterator[str]:
    for event in site.list("v1", "Event", ref.namespace):
        if event["involvedObject"].get("name") == ref.name and event.get("type") == "Warning":
            yield event.get("message", "")


def _obstacles(status: Manifest) -> Iterator[str]:
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] != "True":
            yield condition.get("message", "")


def pulling_pod(ref: ObjectRef, image: str, node: str = "") -> Manifest:
    """Return a pod that pulls an image with the pull secret of its namespace, and runs it.

    Args:
        node: where; "" for any that ordinary pods may run on.
    """
    container = {"image": image, "imagePullPolicy": "Always"}
    return restricted_pod(ref, container, {"imagePullSecrets": [{"name": PULL_SECRET}]}, node)


def restricted_pod(ref: ObjectRef, container: Mapping[str, Any], spec: Mapping[str, Any], node: str = "") -> Manifest:
    """Return a pod that may do nothing: the strictest Pod Security Standard ("restricted") admits it as it is here.

    Args:
        container: what it runs.
        spec: more of its specification.
        node: where, whatever keeps other pods off it; "" for any that ordinary pods may run on.
    """
    limited: dict[str, Any] = {
        "name": _CONTAINER,
        "resources": {"requests": {"cpu": "1m", "memory": "4Mi"}, "limits": {"cpu": "100m", "memory": "32Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        **container,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": ref.name, "namespace": ref.namespace},
        "spec": {
            "restartPolicy": "Never",
            # Should nobody be there any more to remove it.
            "activeDeadlineSeconds": int(TIMEOUT),
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _NOBODY,
                "runAsGroup": _NOBODY,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [limited],
            **(_on(node) if node else {}),
            **spec,
        },
    }


def _on(node: str) -> Mapping[str, Any]:
    """Place a pod as a DaemonSet does: also on a node that is cordoned or tainted."""
    field = {"key": "metadata.name", "operator": "In", "values": [node]}
    terms = {"nodeSelectorTerms": [{"matchFields": [field]}]}
    return {
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}},
        "tolerations": [{"operator": "Exists"}],
    }
