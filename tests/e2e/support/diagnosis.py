"""What a cluster looks like when a test has failed."""

from __future__ import annotations

from tests.e2e.testbed.cluster import Cluster
from tests.e2e.testbed.errors import TestbedError

_SYSTEM = ("kube-system", "kube-public", "kube-node-lease", "local-path-storage")
_COLUMNS = ":.metadata.namespace,:.metadata.name"
_LOG_LINES = 40
_EVENTS = 60


def describe(cluster: Cluster) -> str:
    """Pods, the latest events, and the end of the logs of every pod that is not the system's."""
    events = _ask(cluster, "get", "events", "-A", "--sort-by=.lastTimestamp").splitlines()
    parts = [_ask(cluster, "get", "pods", "-A", "-o", "wide"), "\n".join(events[-_EVENTS:])]
    names = _ask(cluster, "get", "pods", "-A", "--no-headers", "-o", f"custom-columns={_COLUMNS}")
    for line in names.splitlines():
        namespace, _, pod = (word.strip() for word in line.partition(" "))
        if namespace not in _SYSTEM:
            log = _ask(cluster, "-n", namespace, "logs", pod, "--all-containers", f"--tail={_LOG_LINES}")
            parts.append(f"--- log of {namespace}/{pod}\n{log}")
    return "\n\n".join(parts)


def _ask(cluster: Cluster, *arguments: str) -> str:
    """The answer, or why there is none: a diagnosis must not fail itself."""
    try:
        return cluster.kubectl(*arguments)
    except TestbedError as error:
        return str(error)
