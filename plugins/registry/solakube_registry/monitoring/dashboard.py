"""The dashboard for Grafana: how one registry does, on one screen.

Source of the format: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from solakube_registry.monitoring.alerts import ENDING_DAYS, FULL_IN_DAYS

_SCHEMA = 39
"""Of Grafana 10.3; later ones take it, too."""

_SOURCE = {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
"""The variable by which the reader chooses one of his Prometheus."""
_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
_GREEN, _YELLOW, _RED = "green", "yellow", "red"

Steps = tuple[tuple[float | None, str], ...]
"""From which value on which colour; None is the least."""


class Query(NamedTuple):
    """What is asked of Prometheus.

    Attributes:
        expression: in PromQL; Grafana puts a fitting period into `$__rate_interval`.
        legend: what the result is called.
    """

    expression: str
    legend: str = ""


class Panel(NamedTuple):
    """A part of the dashboard.

    Attributes:
        title: its heading.
        unit: of its figures, as Grafana calls it.
        queries: what it shows.
        steps: of a single figure; a panel without any shows a course in time.
        nothing: said instead of a figure where there is none.
        words: said instead of certain figures.
    """

    title: str
    unit: str
    queries: tuple[Query, ...]
    steps: Steps = ()
    nothing: str = ""
    words: Mapping[str, str] = {}


def dashboard(job: str) -> dict[str, Any]:
    """Return the dashboard of one registry.

    Args:
        job: its label `job` in Prometheus.
    """
    return {
        # Grafana knows a dashboard by its uid, of at most 40 characters, and takes no second one of that title.
        "uid": uuid.uuid5(uuid.NAMESPACE_URL, f"solakube/{job}").hex,
        "title": f"Registry {job}",
        "tags": ["registry", "solakube"],
        "schemaVersion": _SCHEMA,
        "editable": True,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "templating": {
            "list": [{"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}]
        },
        "panels": [
            *_placed(_figures(job), width=4, height=4, top=0),
            *_placed(_courses(job), width=12, height=8, top=8),
        ],
    }


def _figures(job: str) -> Iterator[Panel]:
    of = f'{{job="{job}"}}'
    free, size = f"solakube_data_free_bytes{of}", f"solakube_data_size_bytes{of}"
    shrinking = f"deriv({free}[1d]) < 0"
    collected = f'solakube_maintenance_last_run_timestamp_seconds{{job="{job}", command="garbage-collect"}}'
    bad_from_one = ((None, _GREEN), (1, _RED))
    yield _figure("State", "none", f"min(up{of})", "not found", ((None, _RED), (1, _GREEN)), {"0": "down", "1": "up"})
    yield _figure(
        "Volume used",
        "percentunit",
        f"1 - min({free} / {size})",
        "not known",
        ((None, _GREEN), (0.6, _YELLOW), (0.95, _RED)),
    )
    yield _figure(
        "Volume full in",
        "s",
        f"min({free} / -({shrinking}))",
        "not in sight",
        ((None, _RED), (FULL_IN_DAYS * 86400, _GREEN)),
    )
    yield _figure("Last collection ended", "s", f"time() - max({collected})", "never")
    yield _figure("Freed by it", "bytes", f"max(solakube_garbage_collect_freed_bytes{of})", "nothing yet")
    failed = f"sum(1 - solakube_maintenance_last_run_success{of})"
    yield _figure("Last runs that failed", "none", failed, "none yet", bad_from_one)
    yield _figure("Tags kept for the cluster", "none", f"max(solakube_prune_held_tags{of})", "never asked")
    damaged = f"max(solakube_check_damaged_images{of})"
    yield _figure("Damaged images in use", "none", damaged, "never looked", bad_from_one)
    ends = f"min(solakube_certificate_not_after_seconds{of}) - time()"
    yield _figure("Certificate ends in", "s", ends, "not known", ((None, _RED), (ENDING_DAYS * 86400, _GREEN)))


def _figure(
    title: str,
    unit: str,
    expression: str,
    nothing: str,
    steps: Steps = ((None, _GREEN),),
    words: Mapping[str, str] | None = None,
) -> Panel:
    return Panel(title, unit, (Query(expression),), steps, nothing, words or {})


def _courses(job: str) -> Iterator[Panel]:
    of = f'{{job="{job}"}}'
    manifests = f'job="{job}", handler="manifest"'
    free, size = f"solakube_data_free_bytes{of}", f"solakube_data_size_bytes{of}"
    yield Panel(
        "Images",
        "reqps",
        (
            Query(_rate(f'{manifests}, method="put", code=~"2.."'), "pushed"),
            Query(_rate(f'{manifests}, method="get", code=~"2.."'), "pulled"),
        ),
    )
    yield Panel(
        "Errors",
        "reqps",
        (
            Query(_rate(f'job="{job}", code=~"5.."'), "the registry failed"),
            # Clients send a first request without a login, and are told by 401 to log in.
            Query(_rate(f'{manifests}, method="put", code=~"4..", code!="401"'), "pushes refused"),
        ),
    )
    yield Panel(
        "Time to answer for a manifest",
        "s",
        (Query(_quantile(0.5, manifests), "half of them"), Query(_quantile(0.99, manifests), "99 %")),
    )
    yield Panel(
        "Volume",
        "bytes",
        (
            Query(f"max({size})", "size"),
            Query(f"max({size} - {free})", "used"),
            Query(f"max({size} - predict_linear({free}[1d], {FULL_IN_DAYS} * 86400))", f"used in {FULL_IN_DAYS} days"),
        ),
    )


def _rate(selector: str) -> str:
    """Requests a second; 0 where there was none yet, of which the registry tells nothing."""
    return f"sum(rate(registry_http_requests_total{{{selector}}}[$__rate_interval])) or vector(0)"


def _quantile(share: float, selector: str) -> str:
    buckets = f"rate(registry_http_request_duration_seconds_bucket{{{selector}}}[$__rate_interval])"
    return f"histogram_quantile({share}, sum by (le) ({buckets}))"


def _placed(panels: Iterator[Panel], *, width: int, height: int, top: int) -> Iterator[dict[str, Any]]:
    """Put panels beside each other, in lines of 24 units."""
    a_line = 24 // width
    for index, panel in enumerate(panels):
        place = {"x": index % a_line * width, "y": top + index // a_line * height, "w": width, "h": height}
        yield {"id": top * 100 + index + 1, "gridPos": place, **_as_json(panel)}


def _as_json(panel: Panel) -> dict[str, Any]:
    targets = [
        {
            "refId": chr(ord("A") + index),
            "datasource": _DATASOURCE,
            "expr": query.expression,
            "legendFormat": query.legend,
        }
        for index, query in enumerate(panel.queries)
    ]
    defaults: dict[str, Any] = {"unit": panel.unit, "min": 0}
    if panel.nothing:
        defaults["noValue"] = panel.nothing
    if panel.words:
        options = {value: {"text": word} for value, word in panel.words.items()}
        defaults["mappings"] = [{"type": "value", "options": options}]
    if panel.steps:
        steps = [{"value": value, "color": color} for value, color in panel.steps]
        defaults |= {"thresholds": {"mode": "absolute", "steps": steps}, "color": {"mode": "thresholds"}}
    return {
        "type": "stat" if panel.steps else "timeseries",
        "title": panel.title,
        "datasource": _DATASOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": defaults, "overrides": []},
    }
