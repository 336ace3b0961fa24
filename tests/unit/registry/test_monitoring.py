"""How Prometheus learns of the registry."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from solakube_registry.configure import configure
from solakube_registry.exposure.tls_secret import served_secret
from solakube_registry.monitoring.alerts import alerts
from solakube_registry.plan import deploy

from solakube_core.errors import SolakubeError
from solakube_core.model import Exposure, Manifest, ObjectRef, Plan, StorageChoice
from solakube_core.testing import Place, thing
from tests.unit.exposure.places import NAMES, settings
from tests.unit.users.test_front import ADMIN, made

PAGE = Path(__file__).parents[3] / "docs" / "alerts.md"
DEFINITION = "CustomResourceDefinition"
KINDS = tuple(
    thing("apiextensions.k8s.io/v1", DEFINITION, f"{resource}.monitoring.coreos.com")
    for resource in ("podmonitors", "prometheusrules")
)


def planned(*live: Manifest, **values: str) -> Plan:
    return deploy(settings(**ADMIN, **values), (), StorageChoice("standard", "10Gi"), None, Place(live))


def kinds(plan: Plan) -> set[str]:
    found = {item["kind"] for item in plan.objects} & {"PodMonitor", "PrometheusRule"}
    return found | {"dashboard" for item in plan.objects if "grafana_dashboard" in item["metadata"].get("labels", ())}


def dashboard(app: str = NAMES.app) -> tuple[str, dict[str, Any]]:
    """Its file's name and content."""
    plan = planned(REGISTRY_METRICS="on", REGISTRY_APP_NAME=app)
    (item,) = made(plan, "ConfigMap", f"{app}-docker-registry-dashboard")["data"].items()
    file, text = item
    return file, json.loads(text)


def scrape_marks(plan: Plan) -> dict[str, str]:
    template = made(plan, "Deployment", NAMES.deployment.name)["spec"]["template"]
    return {key: text for key, text in template["metadata"]["annotations"].items() if key.startswith("prometheus.io")}


@pytest.mark.parametrize(
    ("wanted", "live", "by_kinds", "by_annotations"),
    [
        ("off", KINDS, False, False),
        ("on", (), True, False),
        ("auto", KINDS, True, False),
        ("auto", (), False, True),
        ("auto", KINDS[:1], False, True),
    ],
)
def test_it_is_told_by_what_the_cluster_knows(
    wanted: str, live: tuple[Manifest, ...], by_kinds: bool, by_annotations: bool
) -> None:
    plan = planned(*live, REGISTRY_METRICS=wanted)
    assert kinds(plan) == ({"PodMonitor", "PrometheusRule", "dashboard"} if by_kinds else set())
    assert bool(scrape_marks(plan)) == by_annotations


class Closed(Place):
    """A cluster that does not tell which kinds it knows."""

    def get(self, ref: ObjectRef) -> Manifest | None:
        if ref.kind == DEFINITION:
            raise SolakubeError("you may not get customresourcedefinitions")
        return super().get(ref)


def test_a_cluster_that_does_not_tell_is_not_one_without_these_kinds() -> None:
    wanted = settings(**ADMIN, REGISTRY_METRICS="auto")
    with pytest.raises(SolakubeError, match="you may not get customresourcedefinitions"):
        deploy(wanted, (), StorageChoice("standard", "10Gi"), None, Closed())
    # Which right is missing is told with all others, before anything is looked at.
    assert "customresourcedefinitions" in {entry.resource for entry in configure(wanted, (), Closed()).access}


def test_annotations_lead_to_the_metrics() -> None:
    found = scrape_marks(planned(REGISTRY_METRICS="auto"))
    assert found == {"prometheus.io/scrape": "true", "prometheus.io/port": "5002", "prometheus.io/path": "/metrics"}


def test_the_monitor_selects_the_pods_and_a_port_that_they_have() -> None:
    plan = planned(REGISTRY_METRICS="on", REGISTRY_PULL_USERS="web")
    spec = made(plan, "PodMonitor", NAMES.full)["spec"]
    template = made(plan, "Deployment", NAMES.deployment.name)["spec"]["template"]
    assert spec["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    ports = [port["name"] for entry in template["spec"]["containers"] for port in entry.get("ports", ())]
    assert {entry["port"] for entry in spec["podMetricsEndpoints"]} <= set(ports)
    paths = [entry["path"] for entry in spec["podMetricsEndpoints"]]
    assert paths == ["/metrics", "/metrics/registry", "/metrics/registry/reader"]


def test_the_figures_of_the_pods_processes_are_kept_apart() -> None:
    """All of them are at one address, and two have the same metrics."""
    spec = made(planned(REGISTRY_METRICS="on", REGISTRY_PULL_USERS="web"), "PodMonitor", NAMES.full)["spec"]
    named = [entry["relabelings"] for entry in spec["podMetricsEndpoints"]]
    names = ("maintenance", "registry", "reader")
    assert named == [[{"targetLabel": "process", "replacement": name}] for name in names]


def test_grafana_finds_the_dashboard_by_the_label_of_its_charts() -> None:
    plan = planned(REGISTRY_METRICS="on", REGISTRY_METRICS_LABELS="release=prometheus")
    labels = made(plan, "ConfigMap", NAMES.dashboard.name)["metadata"]["labels"]
    assert (labels["grafana_dashboard"], labels["release"]) == ("1", "prometheus")


def test_dashboards_of_several_registries_do_not_replace_each_other() -> None:
    """The sidecar puts all into one folder by the file's name, and Grafana tells them apart by uid and title."""
    (file, one), (other_file, other) = dashboard(), dashboard("other")
    assert file != other_file
    assert {one["uid"], one["title"]}.isdisjoint({other["uid"], other["title"]})
    assert len(one["uid"]) <= 40
    assert dashboard()[1]["uid"] == one["uid"]


def test_the_reader_of_the_dashboard_chooses_his_prometheus() -> None:
    made_here = dashboard()[1]
    (variable,) = made_here["templating"]["list"]
    assert (variable["type"], variable["query"], variable["name"]) == ("datasource", "prometheus", "datasource")
    asked = [part for panel in made_here["panels"] for part in (panel, *panel["targets"])]
    assert {part["datasource"]["uid"] for part in asked} == {"${datasource}"}


def test_no_panel_lies_over_another() -> None:
    panels = dashboard()[1]["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    squares = [
        (place["x"] + x, place["y"] + y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["w"])
        for y in range(place["h"])
    ]
    assert len(set(squares)) == len(squares)
    assert max(x for x, _ in squares) < 24


@pytest.mark.parametrize(("metrics", "shown"), [("on", True), ("auto", True), ("off", False)])
def test_the_metrics_tell_of_the_certificate_that_clients_are_shown_without_its_key(metrics: str, shown: bool) -> None:
    tls = [{"hosts": ["r.example.com"], "secretName": "own-tls"}]
    exposed = Exposure("registry", "ingress", ({"kind": "Ingress", "spec": {"tls": tls}},))
    wanted = settings(**ADMIN, REGISTRY_METRICS=metrics)
    plan = deploy(wanted, (), StorageChoice("standard", "10Gi"), exposed, Place(KINDS))
    spec = made(plan, "Deployment", NAMES.deployment.name)["spec"]["template"]["spec"]
    found = [volume["secret"] for volume in spec["volumes"] if volume["name"] == "certificate"]
    item = {"key": "tls.crt", "path": "tls.crt"}
    source = {"secretName": "own-tls", "items": [item], "optional": True, "defaultMode": 0o440}
    assert found == ([source] if shown else [])
    (tool,) = (entry for entry in spec["containers"] if entry["name"] == "reg-tool")
    assert ("--certificate" in tool["command"]) == shown
    for entry in spec["containers"]:
        mounted = any(mount["name"] == "certificate" for mount in entry["volumeMounts"])
        assert mounted == (shown and entry is tool)


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ({"tls": [{"hosts": ["r"], "secretName": "a"}]}, "a"),
        ({"tls": {"secretName": "b"}}, "b"),
        ({"tls": {}}, ""),
        ({"tls": [{"hosts": ["r"]}]}, ""),
        ({}, ""),
    ],
)
def test_the_certificate_is_that_of_an_ingress_or_of_what_is_made_instead(spec: Any, name: str) -> None:
    assert served_secret(Exposure("registry", "ingress", ({"kind": "ConfigMap"}, {"kind": "I", "spec": spec}))) == name
    assert served_secret(None) == ""


def test_a_prometheus_may_ask_for_labels_of_its_own() -> None:
    plan = planned(REGISTRY_METRICS="on", REGISTRY_METRICS_LABELS="release=prometheus, example.com/team=")
    for kind in ("PodMonitor", "PrometheusRule"):
        labels: Any = made(plan, kind, NAMES.full)["metadata"]["labels"]
        assert labels["release"] == "prometheus"
        assert labels["example.com/team"] == ""


def test_what_is_no_label_is_refused() -> None:
    (problem,) = configure(settings(**ADMIN, REGISTRY_METRICS_LABELS="release"), (), Place()).problems
    assert problem.what == "REGISTRY_METRICS_LABELS: 'release' is no label"


def test_it_takes_no_more_rights_than_it_needs() -> None:
    def wanted(metrics: str, *live: Manifest) -> set[str]:
        found = configure(settings(**ADMIN, REGISTRY_METRICS=metrics), (), Place(live)).access
        return {entry.resource for entry in found if entry.group in ("monitoring.coreos.com", "apiextensions.k8s.io")}

    assert wanted("off", *KINDS) == set()
    assert wanted("auto") == {"customresourcedefinitions"}
    assert wanted("auto", *KINDS) == {"customresourcedefinitions", "podmonitors", "prometheusrules"}
    assert wanted("on") == {"podmonitors", "prometheusrules"}


@pytest.mark.parametrize("scheduled", [False, True])
def test_every_alert_is_described_and_only_a_schedule_is_late(scheduled: bool) -> None:
    headings = re.findall(r"^## (\w+)$", PAGE.read_text(), re.MULTILINE)
    names = [alert.name for alert in alerts("job", scheduled, 86400 if scheduled else 0)]
    assert names == [name for name in headings if scheduled or not name.endswith("Late")]


def test_a_backup_is_late_when_its_next_time_has_passed_too() -> None:
    def lasting(**more: str) -> list[str]:
        plan = planned(REGISTRY_METRICS="on", **more)
        (group,) = made(plan, "PrometheusRule", NAMES.full)["spec"]["groups"]
        return [rule["for"] for rule in group["rules"] if rule["alert"] == "RegistryBackupLate"]

    to = {"REGISTRY_BACKUP_TO": "pvc:registry-backup"}
    assert lasting() == []
    assert lasting(**to) == ["30h"]
    # From Friday to Monday.
    assert lasting(**to, REGISTRY_BACKUP_SCHEDULE_DAILY="0 1 * * 1-5") == ["78h"]
    assert lasting(**to, REGISTRY_BACKUP_SCHEDULE_DAILY="@monthly") == [f"{31 * 24 + 6}h"]
    assert lasting(**to, REGISTRY_BACKUP_SCHEDULE_DAILY="0 0 29 2 *") == [f"{(4 * 365 + 1) * 24 + 6}h"]
