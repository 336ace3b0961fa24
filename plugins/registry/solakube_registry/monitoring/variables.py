"""The settings of what Prometheus sees."""

from __future__ import annotations

from solakube_core.plugin import Variable

METRICS, LABELS = "REGISTRY_METRICS", "REGISTRY_METRICS_LABELS"
OFF, AUTO, ON = "off", "auto", "on"

MONITORING_VARIABLES = (
    Variable(
        METRICS,
        OFF,
        "on: PodMonitor, PrometheusRule, dashboard; auto: where known, else annotations",
        choices=(OFF, AUTO, ON),
    ),
    Variable(LABELS, None, "labels by which a Prometheus finds them, such as release=prometheus", "list"),
)
