"""A real Prometheus, run by its operator, finds a deployed registry by what `sk` has made, and its figures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from solakube_registry.monitoring.alerts import alerts

from tests.e2e.deploy.test_schedule import SCHEDULE, name, run
from tests.e2e.support.installation import Installation
from tests.e2e.support.prometheus import Prometheus, kinds_known, operator
from tests.e2e.support.waiting import eventually
from tests.e2e.testbed.cluster import Cluster

# What the cluster knows decides what a deployment makes.
pytestmark = pytest.mark.alone

PROCESSES = {"maintenance", "registry", "reader"}


@pytest.fixture
def prometheus(cluster: Cluster, namespace: str, tmp_path: Path) -> Iterator[Prometheus]:
    """One that its operator knows of."""
    with kinds_known(cluster), operator(cluster, tmp_path / "operator.log"):
        made = Prometheus(cluster, namespace)
        made.create()
        yield made


@pytest.fixture
def monitored(exposed: Installation, prometheus: Prometheus) -> Iterator[Installation]:
    """A registry with all processes that one may have, whose images were pushed, pruned, checked and collected."""
    exposed.environment |= {
        **SCHEDULE,
        "REGISTRY_METRICS": "auto",
        "REGISTRY_METRICS_LABELS": f"release={prometheus.namespace}",
        "REGISTRY_PULL_USERS": "web",
        "REGISTRY_RETENTION_KEEP_LAST": "1",
    }
    exposed.sk("deploy", "registry").ok()
    exposed.login()
    exposed.push("team/app:1", {"file": b"1"})
    assert exposed.pulls("team/app:1")
    run(exposed, "first")
    yield exposed
    exposed.cluster.kubectl("delete", "clusterrole,clusterrolebinding", name(exposed), "--ignore-not-found")


def test_prometheus_finds_the_registry_and_all_that_rules_and_dashboard_ask_for(
    monitored: Installation, prometheus: Prometheus
) -> None:
    assert "! " not in monitored.sk("status", "registry").ok()
    assert monitored.sk("diff", "registry", "--exit-code").exit_code == 0
    eventually(lambda: len(jobs(prometheus)) == len(PROCESSES), "the operator has taken the monitor")
    eventually(lambda: len(prometheus.rule_files()) == 1, "the operator has taken the rules")
    prometheus.start()
    each_process_is_found_and_up(monitored, prometheus)
    every_rule_is_evaluated_and_none_raises_an_alert(monitored, prometheus)
    all_series_are_there(monitored, prometheus)
    nothing_is_left(monitored, prometheus)


def jobs(prometheus: Prometheus) -> list[str]:
    return [entry["job_name"] for entry in prometheus.configuration()["scrape_configs"]]


def job(installation: Installation) -> str:
    return f"{installation.name}/{installation.full}"


def each_process_is_found_and_up(installation: Installation, prometheus: Prometheus) -> None:
    def targets() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = prometheus.ask("targets?state=active")["activeTargets"]
        return found

    eventually(lambda: len(targets()) == len(PROCESSES), "each process is a target")
    eventually(lambda: {target["health"] for target in targets()} == {"up"}, "all of them are up")
    pod = installation.pod()["metadata"]["name"]
    assert {target["labels"]["pod"] for target in targets()} == {pod}
    up = prometheus.series(f'up{{job="{job(installation)}"}}')
    assert {entry["metric"]["process"] for entry in up} == PROCESSES
    assert [entry["value"][1] for entry in up] == ["1"] * len(PROCESSES)


def every_rule_is_evaluated_and_none_raises_an_alert(installation: Installation, prometheus: Prometheus) -> None:
    def rules() -> dict[str, tuple[str, str]]:
        found = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
        return {rule["name"]: (rule["health"], rule["state"]) for rule in found}

    wanted = {alert.name for alert in alerts(job(installation), scheduled=True)}
    # A volume of the test bed is the machine's own disk, which others fill.
    by_others = {"RegistryVolumeAlmostFull", "RegistryVolumeFillsUp"}
    eventually(lambda: {key: health for key, (health, _) in rules().items()} == dict.fromkeys(wanted, "ok"), "all work")
    # The first time it was evaluated nothing had been scraped, so the registry may have seemed down.
    eventually(lambda: {key for key, (_, state) in rules().items() if state != "inactive"} <= by_others, "no alert")


def all_series_are_there(installation: Installation, prometheus: Prometheus) -> None:
    (text,) = installation.get("configmap", f"{installation.full}-dashboard")["data"].values()
    targets = [target for panel in json.loads(text)["panels"] for target in panel["targets"]]
    shown = [target["expr"].replace("$__rate_interval", "1m") for target in targets]
    for expression in shown:
        prometheus.series(expression)
    asked = [alert.expression for alert in alerts(job(installation), scheduled=True)] + shown
    for series in sorted({found for expression in asked for found in series_in(expression)}):
        eventually(partial(has_series, prometheus, series), series)


def has_series(prometheus: Prometheus, expression: str) -> bool:
    return bool(prometheus.series(expression))


def series_in(expression: str) -> list[str]:
    """Name the series of an expression, whatever code the registry answered with: it should not have failed."""
    found = re.findall(r"\w+\{[^}]*\}", expression)
    return [re.sub(r', code!?=~?"[^"]*"', "", series) for series in found]


def nothing_is_left(installation: Installation, prometheus: Prometheus) -> None:
    installation.sk("undeploy", "registry", "--yes").ok()
    left = installation.get("podmonitors,prometheusrules,configmaps")["items"]
    assert [item["metadata"]["name"] for item in left if item["metadata"]["name"].startswith(installation.name)] == []
    eventually(lambda: jobs(prometheus) == [] and not prometheus.rule_files(), "the operator knows of nothing any more")
