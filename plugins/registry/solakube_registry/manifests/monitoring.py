"""What Prometheus and Grafana learn of the registry by.

Source of the kinds: https://prometheus-operator.dev/docs/api-reference/api/; of the dashboard's label, by which the
sidecar of Grafana's charts finds it: https://github.com/grafana/helm-charts
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from solakube_core.plugin import Manifest, ObjectRef
from solakube_registry.manifests.inputs import Inputs, head
from solakube_registry.monitoring.alerts import Alert, alerts
from solakube_registry.monitoring.choice import API_GROUP, Monitoring
from solakube_registry.monitoring.dashboard import dashboard
from solakube_registry.naming import MAINTENANCE_PORT

_API = f"{API_GROUP}/v1"
_PORT = "maintenance"


def monitoring_objects(inputs: Inputs, monitoring: Monitoring) -> tuple[Manifest, ...]:
    """Return the PodMonitor, the PrometheusRule and Grafana's dashboard; nothing where annotations do it."""
    if not monitoring.by_kinds:
        return ()
    return (_monitor(inputs, monitoring), _rule(inputs, monitoring), _dashboard(inputs, monitoring))


def scrape_annotations(inputs: Inputs) -> Mapping[str, str]:
    """Return the annotations that Prometheus' widespread configuration for pods heeds; it takes one path a pod."""
    if not inputs.monitoring or inputs.monitoring.by_kinds:
        return {}
    prefix = "prometheus.io"
    return {f"{prefix}/scrape": "true", f"{prefix}/port": str(MAINTENANCE_PORT), f"{prefix}/path": "/metrics"}


def _monitor(inputs: Inputs, monitoring: Monitoring) -> Manifest:
    paths = {"maintenance": "/metrics", "registry": "/metrics/registry"}
    if inputs.front:
        paths["reader"] = "/metrics/registry/reader"
    # All are at one address: without a label of its own each would overwrite what the others tell, `up` above all.
    endpoints = [
        {"port": _PORT, "path": path, "relabelings": [{"targetLabel": "process", "replacement": process}]}
        for process, path in paths.items()
    ]
    spec = {"selector": {"matchLabels": dict(inputs.names.selector)}, "podMetricsEndpoints": endpoints}
    return {**_head(inputs, monitoring, "PodMonitor"), "spec": spec}


def _rule(inputs: Inputs, monitoring: Monitoring) -> Manifest:
    rules = [_as_rule(alert) for alert in alerts(_job(inputs), monitoring.scheduled, monitoring.backup_gap)]
    spec = {"groups": [{"name": inputs.names.full, "rules": rules}]}
    return {**_head(inputs, monitoring, "PrometheusRule"), "spec": spec}


def _dashboard(inputs: Inputs, monitoring: Monitoring) -> Manifest:
    made = head(inputs.names.dashboard, inputs)
    made["metadata"]["labels"].update({"grafana_dashboard": "1", **monitoring.labels})
    # The sidecar puts the files of all namespaces into one folder.
    file = f"{inputs.names.namespace}-{inputs.names.full}.json"
    return {**made, "data": {file: json.dumps(dashboard(_job(inputs)), indent=1)}}


def _job(inputs: Inputs) -> str:
    """The label `job`, as the operator makes it of a PodMonitor."""
    return f"{inputs.names.namespace}/{inputs.names.full}"


def _as_rule(alert: Alert) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "expr": alert.expression,
        "for": alert.lasting,
        "labels": {"severity": alert.severity},
        "annotations": {"summary": alert.summary},
    }


def _head(inputs: Inputs, monitoring: Monitoring, kind: str) -> dict[str, Any]:
    made = head(ObjectRef(_API, kind, inputs.names.full, inputs.names.namespace), inputs)
    # Many a Prometheus wants `release` to name its own release, where ours names the registry.
    made["metadata"]["labels"].update(monitoring.labels)
    return made
