"""The NetworkPolicy of the registry's pods.

What it lets in: users, by who exposes the registry; the original's tool; the jobs of the schedules; who reads metrics,
and in a bucket who collects. Programs that `sk` runs in the pod and ports that it forwards come by the node, which no
policy holds for, and so do probes. What the pod itself asks for is not limited: a bucket, or what chart-values.yaml
names, may be anywhere.
Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from solakube_core.plugin import Manifest
from solakube_registry.exposure.network_policy import Callers, is_range
from solakube_registry.manifests.backup import BACKUP
from solakube_registry.manifests.cron import pod_labels
from solakube_registry.manifests.inputs import Inputs, head
from solakube_registry.manifests.rotation import ROTATION
from solakube_registry.manifests.schedule import MAINTENANCE
from solakube_registry.manifests.sharing import announces
from solakube_registry.naming import MAINTENANCE_PORT, PORT

_NAMESPACE_LABEL = "kubernetes.io/metadata.name"


def network_policy(inputs: Inputs, callers: Callers) -> Manifest:
    """Return the policy."""
    spec = {
        "podSelector": {"matchLabels": dict(inputs.names.selector)},
        "policyTypes": ["Ingress"],
        "ingress": list(_rules(inputs, callers)),
    }
    return {**head(inputs.names.network_policy, inputs), "spec": spec}


def _rules(inputs: Inputs, callers: Callers) -> Iterator[dict[str, Any]]:
    """Yield who may come in where. A rule with an empty `from` would let everybody in."""
    tool = inputs.names.tool_selector if inputs.original_tool else None
    rotation = pod_labels(inputs, ROTATION) if inputs.rotated else None
    maintenance = pod_labels(inputs, MAINTENANCE) if inputs.schedule else None
    backup = pod_labels(inputs, BACKUP) if inputs.backed_up else None
    if callers.registry is None:
        yield {"ports": [_port(PORT)]}
    elif peers := [*_pods(tool, rotation), *_peers(callers.registry)]:
        yield {"ports": [_port(PORT)], "from": peers}
    # Whoever collects in a bucket asks all who share it what they do.
    sharing = inputs.names.selector if announces(inputs) else None
    if peers := [*_pods(maintenance, backup, sharing), *_peers(callers.metrics)]:
        yield {"ports": [_port(MAINTENANCE_PORT)], "from": peers}


def _pods(*labels: Mapping[str, str] | None) -> list[dict[str, Any]]:
    """Return those of the registry's namespace with any of these labels; None for none."""
    return [{"podSelector": {"matchLabels": dict(found)}} for found in labels if found]


def _port(number: int) -> dict[str, Any]:
    return {"port": number, "protocol": "TCP"}


def _peers(callers: Iterable[str]) -> list[dict[str, Any]]:
    return [
        {"ipBlock": {"cidr": caller}}
        if is_range(caller)
        else {"namespaceSelector": {"matchLabels": {_NAMESPACE_LABEL: caller}}}
        for caller in callers
    ]
