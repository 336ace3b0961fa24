"""The part of a verification that only a cluster can do: a pod pulls the image by its name and runs it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solakube_core.plugin import Manifest, ObjectRef, SolakubeError
from solakube_registry.private.pull_secret import PULL_SECRET
from solakube_registry.private.verify.diagnosis import Observation, diagnose

if TYPE_CHECKING:
    from solakube_core.plugin import Engine, Progress, Site

TIMEOUT = 120.0
"""Seconds that a pod may take to be scheduled, to pull some kilobytes and to end."""

_PAUSE = 0.5
_NOBODY = 65534
_CONTAINER = "run"


@dataclass(frozen=True)
class Trial:
    """One pod that pulls and runs an image.

    Attributes:
        engine: the cluster.
        namespace: where it runs.
        name: of the pod.
        image: host, repository and tag.
    """

    engine: Engine
    namespace: str
    name: str
    image: str

    @property
    def ref(self) -> ObjectRef:
        """The name of the pod."""
        return ObjectRef("v1", "Pod", self.name, self.namespace)

    def run(self, progress: Progress) -> None:
        """Run the pod to its end and remove it.

        Raises:
            SolakubeError: it could not pull or run the image; the message says why, in words.
        """
        self.engine.put([_pod(self.ref, self.image)])
        try:
            self._wait(progress)
        finally:
            self.engine.discard([self.ref])

    def _wait(self, progress: Progress) -> None:
        deadline = time.monotonic() + TIMEOUT
        while True:
            seen = observe(self.engine.site, self.ref)
            if seen.phase == "Succeeded":
                return
            if seen.failed or time.monotonic() > deadline:
                raise SolakubeError.of([diagnose(seen, self.image)])
            progress.now(f"the pod {self.namespace}/{self.name} is {seen.state}")
            time.sleep(_PAUSE)


@contextmanager
def temporary_namespace(engine: Engine, name: str) -> Iterator[str]:
    """Make a namespace, and remove it with all that is in it at the end."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    try:
        engine.put([namespace])
        yield name
    finally:
        engine.discard([ObjectRef.of(namespace)])


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


def _pod(ref: ObjectRef, image: str) -> Manifest:
    """Return a pod that the strictest Pod Security Standard ("restricted") admits."""
    container: dict[str, Any] = {
        "name": _CONTAINER,
        "image": image,
        "imagePullPolicy": "Always",
        "resources": {"requests": {"cpu": "1m", "memory": "4Mi"}, "limits": {"cpu": "100m", "memory": "32Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": ref.name, "namespace": ref.namespace},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 0,
            "imagePullSecrets": [{"name": PULL_SECRET}],
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _NOBODY,
                "runAsGroup": _NOBODY,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
        },
    }
