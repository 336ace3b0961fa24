"""What Grafana's dashboard and the alerts ask for is what registries of both lines and their maintenance tell."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from solakube_registry.monitoring.alerts import alerts
from solakube_registry.monitoring.dashboard import dashboard

from tests.e2e.local.machine import free_ports
from tests.e2e.maintenance.load import Crane
from tests.e2e.maintenance.registries import RunningRegistry, await_answer, regtool_command
from tests.e2e.support.tls import Authority
from tests.e2e.support.waiting import PATIENCE
from tests.e2e.testbed.process import run

JOB = "registry/registry-docker-registry"
ADDED = {"job"}
"""Labels that Prometheus itself adds."""

QUERIES = [target["expr"] for panel in dashboard(JOB)["panels"] for target in panel["targets"]]
ASKED = [*QUERIES, *(alert.expression for alert in alerts(JOB, scheduled=True))]


@pytest.fixture
def told(
    running_registry: RunningRegistry, client: Crane, layers: list[Path], authority: Authority
) -> Iterator[dict[str, set[str]]]:
    """The labels of each metric of a registry that was pushed to, pulled from, pruned, collected and checked."""
    client.push("team/app:1", layers)
    client.validate("team/app:1")
    order = {"rules": [{"repositories": "*", "keep_last": 1}], "held": {"team/app:1": ["Pod web/p"]}, "grace": "1s"}
    metrics = ("--metrics", running_registry.metrics)
    maintain = regtool_command(running_registry, "maintain", *metrics)
    subprocess.run(maintain, input=json.dumps(order), text=True, check=True, stdout=subprocess.DEVNULL)
    address = f"127.0.0.1:{free_ports()}"
    serve = ("serve", "--listen", address, "--certificate", str(authority.certificate), *metrics)
    with subprocess.Popen(regtool_command(running_registry, *serve)) as server:
        try:
            await_answer(f"http://{address}/metrics")
            yield {**labels(f"http://{address}/metrics"), **labels(f"http://{address}/metrics/registry")}
        finally:
            server.terminate()
            server.wait(PATIENCE)


def labels(url: str) -> dict[str, set[str]]:
    text = urllib.request.urlopen(url, timeout=PATIENCE).read().decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {sample.name: set(sample.labels) for sample in samples}


def test_every_metric_and_label_that_is_asked_for_is_told(told: dict[str, set[str]]) -> None:
    wanted: dict[str, set[str]] = {}
    for name, matchers in re.findall(r"(\w+)\{([^}]*)\}", " ".join(ASKED)):
        wanted.setdefault(name, set()).update(re.findall(r"(\w+)!?=", matchers))
    # Prometheus' own metric of whether it reaches what it asks.
    assert wanted.pop("up") == ADDED
    assert len(wanted) > 8
    assert {name: asked - told[name] if name in told else "is not told" for name, asked in wanted.items()} == (
        dict.fromkeys(wanted, ADDED)
    )


def test_all_that_is_asked_for_is_of_this_registry_alone() -> None:
    for expression in ASKED:
        names = re.findall(r"\b(?:up|(?:solakube|registry)_\w+)\b", re.sub(r'"[^"]*"', "", expression))
        found = re.findall(rf'\w+\{{job="{JOB}"', expression)
        assert len(found) == len(names) > 0, expression


def test_prometheus_can_read_each_query_of_the_dashboard(promtool: Path, tmp_path: Path) -> None:
    rules = [
        {"record": f"query:{index}", "expr": expression.replace("$__rate_interval", "5m")}
        for index, expression in enumerate(QUERIES)
    ]
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"SUCCESS: {len(QUERIES)} rules found" in run([promtool, "check", "rules", tmp_path / "rules.yaml"])
