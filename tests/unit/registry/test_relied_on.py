"""What maintenance relies on can be changed neither by configData nor by the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from solakube_registry.chart.values import RegistryValues, load_registry_values
from solakube_registry.distribution.relied_on import RELIED, at
from solakube_registry.naming import CONTAINER_LAYOUT, DEBUG_ADDRESS
from solakube_registry.processes.config import registry_config

from solakube_core.settings import load

CHARTS = tuple(Path(__file__).with_name(f"chart-{version}-values.yaml") for version in ("2.2.3", "3.0.0"))


def loaded(tmp_path: Path, text: str, **variables: str) -> tuple[RegistryValues, list[str]]:
    file = tmp_path / "deployment" / "registry" / "chart-values.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    values, problems = load_registry_values(load((), variables, tmp_path), (tmp_path,))
    return values, [problem.what for problem in problems]


def config(values: RegistryValues) -> dict[str, Any]:
    return registry_config(CONTAINER_LAYOUT, ":5000", DEBUG_ADDRESS, False, extra=values.mapping("configData"))


OWN = config(RegistryValues({}))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("storage: {cache: {blobdescriptor: redis}}", "storage.cache"),
        ("storage: {cache: {blobdescriptor: inmemory, blobdescriptorsize: 10}}", "storage.cache"),
        ("storage: {filesystem: {rootdirectory: /data}}", "storage.filesystem.rootdirectory"),
        ("storage: {maintenance: {readonly: {enabled: true}}}", "storage.maintenance.readonly"),
        ("http: {addr: ':5443'}", "http.addr"),
        ("http: {net: unix}", "http.net"),
        ("http: {prefix: /registry/}", "http.prefix"),
        ("http: {tls: {certificate: /a, key: /b}}", "http.tls"),
        ("http: {secret: mine}", "http.secret"),
        ("http: {debug: {addr: ':6060'}}", "http.debug.addr"),
        ("http: {debug: {prometheus: {path: /m}}}", "http.debug.prometheus.path"),
        ("auth: {htpasswd: {path: /etc/mine}}", "auth.htpasswd.path"),
        ("auth: {token: {realm: x}}", "auth.token"),
        ("auth: none", "auth.htpasswd.path"),
    ],
)
def test_config_data_that_would_break_it_is_refused_and_never_takes_effect(
    tmp_path: Path, text: str, named: str
) -> None:
    values, problems = loaded(tmp_path, f"configData: {{{text}}}")
    assert f"chart-values.yaml sets configData.{named}" in problems
    assert {relied.name: at(config(values), relied.path) for relied in RELIED} == {
        relied.name: at(OWN, relied.path) for relied in RELIED
    }


@pytest.mark.parametrize(
    "text",
    [
        "log: {level: debug}",
        "http: {headers: {X-A: [b]}, debug: {prometheus: {enabled: true}}}",
        "storage: {filesystem: {maxthreads: 50}, tag: {concurrencylimit: 4}}",
        "auth: {htpasswd: {realm: mine}}",
        "storage: {s3: {bucket: b, region: r}, cache: {blobdescriptor: inmemory}}",
        "proxy: {remoteurl: https://registry-1.docker.io}",
    ],
)
def test_other_config_data_holds(tmp_path: Path, text: str) -> None:
    values, problems = loaded(tmp_path, f"configData: {{{text}}}")
    assert problems == []
    assert config(values) != OWN


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR", "inmemory"),
        ("REGISTRY_STORAGE_CACHE", "{blobdescriptor: inmemory}"),
        ("REGISTRY_STORAGE", "inmemory"),
        ("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", "/data"),
        ("registry_storage_filesystem_rootdirectory", "/data"),
        ("REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED", "true"),
        ("REGISTRY_HTTP_ADDR", ":5443"),
        ("REGISTRY_HTTP_DEBUG_ADDR", ":5001"),
        ("REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED", "false"),
        ("REGISTRY_HTTP_SECRET", "mine"),
        ("REGISTRY_AUTH", "htpasswd"),
        ("REGISTRY_AUTH_HTPASSWD_PATH", "/auth/htpasswd"),
        ("REGISTRY_HTTP_TLS_CERTIFICATE", "/certs/a"),
    ],
)
def test_a_variable_that_would_break_it_is_refused(tmp_path: Path, name: str, value: str) -> None:
    _, (problem,) = loaded(tmp_path, f"extraEnvVars: [{{name: {name}, value: '{value}'}}]")
    assert problem.startswith(f"chart-values.yaml sets {name} in extraEnvVars, which stands for ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_TRACES_EXPORTER", "none"),
        ("REGISTRY_LOG_LEVEL", "debug"),
        ("REGISTRY_HTTP_ADDR", ":5000"),
        ("REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED", "true"),
        ("REGISTRY_STORAGE_DELETE_ENABLED", "true"),
        ("REGISTRY_AUTH_HTPASSWD_REALM", "mine"),
        ("HTTPS_PROXY", "http://proxy"),
    ],
)
def test_other_variables_hold(tmp_path: Path, name: str, value: str) -> None:
    assert loaded(tmp_path, f"extraEnvVars: [{{name: {name}, value: '{value}'}}]")[1] == []


@pytest.mark.parametrize(
    "name",
    ["REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR", "REGISTRY_HTTP_ADDR", "REGISTRY_HTTP_TLS_KEY", "REGISTRY_HTTP_SECRET"],
)
@pytest.mark.parametrize("value", ["valueFrom: {configMapKeyRef: {name: a, key: b}}", "value: none", "value: None"])
def test_a_value_from_elsewhere_is_not_taken_for_ours(tmp_path: Path, name: str, value: str) -> None:
    assert len(loaded(tmp_path, f"extraEnvVars: [{{name: {name}, {value}}}]")[1]) == 1


def test_an_object_storage_may_have_a_cache_wherever_it_is_set(tmp_path: Path) -> None:
    variable = "{name: REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR, value: inmemory}"
    assert loaded(tmp_path, f"extraEnvVars: [{variable}]\nconfigData: {{storage: {{s3: {{bucket: b}}}}}}")[1] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("extraEnvVars: [null]", "has an item of extraEnvVars without a name"),
        ("extraEnvVars: [{value: a}]", "has an item of extraEnvVars without a name"),
        ("extraEnvVars: [{name: TZ, value: a}, {name: TZ, value: b}]", "sets TZ twice in extraEnvVars"),
        ("extraVolumes: [{name: data}]", "sets data in extraVolumes"),
        (
            "extraEnvVars: [{name: REGISTRY_STORAGE_S3_BUCKET, value: b}]",
            "sets REGISTRY_STORAGE_S3_BUCKET in extraEnvVars, and the storage driver is filesystem",
        ),
        ("secrets: {s3: {secretRef: mine}}", "sets secrets.s3, which has no effect here"),
        ("serviceAccount: {create: true}", "sets serviceAccount.create, which has no effect here"),
    ],
)
def test_all_that_is_wrong_with_the_values_is_told(tmp_path: Path, text: str, told: str) -> None:
    assert loaded(tmp_path, text)[1] == [f"chart-values.yaml {told}"]


def test_a_map_of_empty_values_asks_for_nothing(tmp_path: Path) -> None:
    assert loaded(tmp_path, "secrets: {s3: {secretRef: '', accessKey: '', secretKey: ''}}")[1] == []


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.stem)
def test_the_charts_own_values_are_taken_and_what_gives_way_is_said(tmp_path: Path, chart: Path) -> None:
    values, problems = loaded(tmp_path, chart.read_text())
    assert problems == []
    assert config(values)["http"]["debug"] == OWN["http"]["debug"]
    assert "cache" not in config(values)["storage"]
    assert [note.partition(" of the chart's")[0] for note in values.notes] == [
        "configData.storage.cache",
        "configData.http.debug.addr",
        "configData.http.debug.prometheus.enabled",
    ]


@pytest.mark.parametrize(
    ("service", "variables", "told"),
    [
        ("type: NodePort, nodePort: 32000", {}, True),
        ("type: LoadBalancer", {}, True),
        ("nodePort: 32000", {}, True),
        ("type: ExternalName", {}, True),
        ("port: 80", {}, True),
        ("type: NodePort, nodePort: 32000", {"REGISTRY_EXPOSE": "nodeport", "REGISTRY_NODE_PORT": "32000"}, False),
        ("type: NodePort, nodePort: 32000", {"REGISTRY_EXPOSE": "nodeport", "REGISTRY_NODE_PORT": "30500"}, True),
        ("type: LoadBalancer, loadBalancerIP: 10.0.0.9", {"REGISTRY_EXPOSE": "loadbalancer"}, False),
        ("type: ClusterIP, port: 5000, sessionAffinity: ClientIP", {}, False),
    ],
)
def test_how_the_service_is_reached_is_a_matter_of_the_exposure(
    tmp_path: Path, service: str, variables: dict[str, str], told: bool
) -> None:
    assert bool(loaded(tmp_path, f"service: {{{service}}}", **variables)[1]) == told


@pytest.mark.parametrize(
    "text",
    ["securityContext: {runAsUser: 0}", "containerSecurityContext: {privileged: true}", "configPath: /opt/registry"],
)
def test_what_asks_for_something_else_is_told(tmp_path: Path, text: str) -> None:
    assert len(loaded(tmp_path, text)[1]) == 1
