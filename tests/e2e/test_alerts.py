"""The alerts as Prometheus reads them, and its operator's kinds as they are published. Takes no cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from solakube_registry.monitoring.alerts import ENDING_DAYS, LATE_DAYS, alerts

from tests.e2e.support.prometheus import definition
from tests.e2e.testbed.process import run
from tests.e2e.testbed.provisioner import Provisioner
from tests.unit.exposure.places import NAMES
from tests.unit.registry.test_monitoring import planned
from tests.unit.users.test_front import made

JOB = f"{NAMES.namespace}/{NAMES.full}"
OF, OF_ANOTHER = f'job="{JOB}"', 'job="other/other-docker-registry"'
UP = f'up{{{OF}, process="maintenance"}}', f'up{{{OF}, process="registry"}}'
FREE, SIZE = f"solakube_data_free_bytes{{{OF}}}", f"solakube_data_size_bytes{{{OF}}}"
PRUNED = f'solakube_maintenance_last_run_success{{{OF}, command="prune"}}'
BACKED_UP = f'solakube_maintenance_last_success_timestamp_seconds{{{OF}, command="backup"}}'
COLLECTED = f'solakube_maintenance_last_run_timestamp_seconds{{{OF}, command="garbage-collect"}}'
REFUSED = f"solakube_garbage_collect_refused_pushes{{{OF}}}"
DAMAGED = f"solakube_check_damaged_images{{{OF}}}"
ENDS = f"solakube_certificate_not_after_seconds{{{OF}}}"
GIB = 2**30
DAY = 24 * 60
SLOW = {"RegistryCollectionLate": "1h", "RegistryBackupLate": "1h"}
"""Between two samples, where that is not a minute."""

Series = dict[str, str]

# Of each alert series that raise it and some that do not, and after how many samples. Time begins at 0 there.
# Source of the notation: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
CASES: dict[str, tuple[Series, Series, int]] = {
    "RegistryDown": ({UP[1]: "1x10 0x50"}, {UP[1]: "1x10 0x2 1x50"}, 20),
    "RegistryVolumeAlmostFull": (
        {FREE: f"{GIB}x60", SIZE: f"{100 * GIB}x60"},
        {FREE: f"{10 * GIB}x60", SIZE: f"{100 * GIB}x60"},
        30,
    ),
    "RegistryVolumeFillsUp": (
        {FREE: f"{30 * GIB}-{GIB // 60}x{DAY}", SIZE: f"{100 * GIB}x{DAY}"},
        {FREE: f"{30 * GIB}-{GIB // 6000}x{DAY}", SIZE: f"{100 * GIB}x{DAY}"},
        3 * 60,
    ),
    "RegistryMaintenanceFailed": ({PRUNED: "0x10"}, {PRUNED: "1x10"}, 5),
    "RegistryCollectionLate": (
        {COLLECTED: f"0x{(LATE_DAYS + 1) * 24}"},
        {COLLECTED: f"{DAY * 60}x{(LATE_DAYS + 1) * 24}"},
        LATE_DAYS * 24 + 1,
    ),
    "RegistryBackupLate": ({BACKED_UP: "0x60"}, {BACKED_UP: "0+3600x60"}, 24 + 30 + 2),
    "RegistryRefusedPushes": ({REFUSED: "2x10"}, {REFUSED: "0x10"}, 5),
    "RegistryImagesDamaged": ({DAMAGED: "1x10"}, {DAMAGED: "0x10"}, 5),
    "RegistryCertificateEnds": (
        {ENDS: f"{(ENDING_DAYS - 1) * DAY * 60}x90"},
        {ENDS: f"{(ENDING_DAYS + 1) * DAY * 60}x90"},
        80,
    ),
}


ALERTS = tuple(alerts(JOB, scheduled=True, backup_gap=24 * 3600))


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the rules of a deployment."""
    plan = planned(REGISTRY_METRICS="on", REGISTRY_GC_SCHEDULE="@daily", REGISTRY_BACKUP_TO="pvc:registry-backup")
    file = tmp_path_factory.mktemp("rules") / "rules.yaml"
    file.write_text(json.dumps(made(plan, "PrometheusRule", NAMES.full)["spec"]))
    return file


def test_prometheus_takes_the_rules(promtool: Path, rules: Path) -> None:
    assert f"SUCCESS: {len(CASES)} rules found" in run([promtool, "check", "rules", rules])


def test_each_alert_has_a_case() -> None:
    assert list(CASES) == [alert.name for alert in ALERTS]


@pytest.mark.parametrize("name", CASES)
def test_it_is_raised_when_it_should_be_and_not_else(promtool: Path, rules: Path, tmp_path: Path, name: str) -> None:
    alert = next(alert for alert in ALERTS if alert.name == name)
    raising, quiet, samples = CASES[name]
    healthy = dict.fromkeys(UP, f"1x{samples}")
    # What another registry of the cluster tells raises nothing here.
    foreign = {series.replace(OF, OF_ANOTHER): values for series, values in raising.items()}
    step = SLOW.get(name, "1m")
    raised = _test(healthy | raising, name, samples, step, [alert.severity])
    _run(promtool, rules, tmp_path, step, raised, _test(healthy | quiet | foreign, name, samples, step, []))


def test_a_registry_that_is_not_found_is_down(promtool: Path, rules: Path, tmp_path: Path) -> None:
    _run(promtool, rules, tmp_path, "1m", _test({}, "RegistryDown", 20, "1m", ["critical"]))


@pytest.mark.parametrize(("hours", "severities"), [(29, []), (31, ["warning"])])
def test_a_registry_without_any_backup_is_late_after_its_first_time(
    promtool: Path, rules: Path, tmp_path: Path, hours: int, severities: list[str]
) -> None:
    healthy = dict.fromkeys(UP, f"1x{hours}")
    _run(promtool, rules, tmp_path, "1h", _test(healthy, "RegistryBackupLate", hours, "1h", severities))


def _run(promtool: Path, rules: Path, folder: Path, step: str, *tests: dict[str, Any]) -> None:
    document = {
        "rule_files": [str(rules)],
        "evaluation_interval": step,
        "tests": [{**test, "interval": step} for test in tests],
    }
    file = folder / "tests.yaml"
    file.write_text(json.dumps(document))
    run([promtool, "test", "rules", file])


def _test(series: Series, name: str, samples: int, step: str, severities: list[str]) -> dict[str, Any]:
    expression = f'count by (severity) (ALERTS{{alertname="{name}", alertstate="firing"}})'
    raised = [{"labels": f'{{severity="{severity}"}}', "value": 1} for severity in severities]
    return {
        "input_series": [{"series": key, "values": values} for key, values in series.items()],
        "promql_expr_test": [{"expr": expression, "eval_time": f"{samples}{step[-1]}", "exp_samples": raised}],
    }


@pytest.mark.parametrize("kind", ["PodMonitor", "PrometheusRule"])
def test_what_is_deployed_fits_the_published_kinds(provisioner: Provisioner, kind: str) -> None:
    published = definition(provisioner, f"{kind.lower()}s")
    (version,) = (entry for entry in published["spec"]["versions"] if entry["name"] == "v1")
    sent = made(planned(REGISTRY_METRICS="on", REGISTRY_GC_SCHEDULE="@daily"), kind, NAMES.full)
    assert sent["apiVersion"] == f"{published['spec']['group']}/v1"
    assert _misfits(sent["spec"], version["schema"]["openAPIV3Schema"]["properties"]["spec"], "spec") == []


def _misfits(value: Any, schema: dict[str, Any], path: str) -> list[str]:
    """Tell which fields the schema does not have, has with another type, or requires in vain."""
    if schema.get("x-kubernetes-int-or-string"):
        return [] if isinstance(value, (int, str)) else [path]
    types = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
    if not isinstance(value, types[schema["type"]]):
        return [path]
    if isinstance(value, list):
        return [fault for item in value for fault in _misfits(item, schema["items"], f"{path}[]")]
    if not isinstance(value, dict):
        return []
    known, rest = schema.get("properties", {}), schema.get("additionalProperties")
    missing = [f"{path}.{key} is missing" for key in schema.get("required", ()) if key not in value]
    found = {key: known.get(key, rest) for key in value}
    unknown = [f"{path}.{key} is unknown" for key, one in found.items() if not one]
    deeper = [fault for key, one in found.items() if one for fault in _misfits(value[key], one, f"{path}.{key}")]
    return [*missing, *unknown, *deeper]
