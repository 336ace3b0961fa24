"""The engine for Kubernetes clusters. Only this package knows the Kubernetes client library.

Import it only where a cluster is really meant: the client library costs a quarter of a second.
"""

from __future__ import annotations

from solakube_core.kube.engine import KubernetesEngine, connect

__all__ = ["KubernetesEngine", "connect"]
