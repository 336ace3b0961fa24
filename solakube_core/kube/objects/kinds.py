"""What a kind tells by itself."""

from __future__ import annotations

from solakube_core.model import ObjectRef

_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"})


def is_of_kubernetes(ref: ObjectRef) -> bool:
    """Tell whether a kind is Kubernetes' own: of others nothing is known."""
    return "." not in ref.group or ref.group.endswith(".k8s.io")


def may_own(ref: ObjectRef) -> bool:
    """Tell whether objects of a kind may have others made for them, such as pods, which go with them."""
    return ref.kind in _WORKLOADS or not is_of_kubernetes(ref)
