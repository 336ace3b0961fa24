"""A real Prometheus in the cluster, with the configuration that the real operator makes for it.

Debian's Prometheus cannot find pods by itself: that part is left out of the package. What it would find, the pods with
their labels and ports, is given to it by a file instead; which of them it takes, the operator's configuration decides.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ruamel.yaml import YAML

from tests.e2e.local.machine import free_ports
from tests.e2e.support.waiting import PATIENCE
from tests.e2e.testbed import catalog, golang, loading
from tests.e2e.testbed.cluster import Cluster
from tests.e2e.testbed.provisioner import Provisioner
from tests.e2e.testbed.versions import GO_PROGRAMS

KINDS = ("podmonitors", "prometheusrules", "servicemonitors", "probes", "scrapeconfigs", "prometheuses")
"""Those without which the operator works for no Prometheus."""

NAME = "real"
_RULES = f"prometheus-{NAME}-rulefiles-0"
_FILES = "/etc/prometheus"
_PORT = 9090


def definition(provisioner: Provisioner, resource: str) -> dict[str, Any]:
    """Return the published definition of one of the operator's kinds."""
    spec = GO_PROGRAMS["operator"]
    folder = golang.module_folder(provisioner.cache, spec.module, spec.version)
    file = folder / "example/prometheus-operator-crd" / f"monitoring.coreos.com_{resource}.yaml"
    found: dict[str, Any] = YAML(typ="safe").load(file)
    return found


@contextmanager
def kinds_known(cluster: Cluster) -> Iterator[None]:
    """Let the cluster know the operator's kinds meanwhile."""
    definitions = [definition(cluster.provisioner, resource) for resource in KINDS]
    cluster.apply("\n---\n".join(map(json.dumps, definitions)))
    names = [f"crd/{entry['metadata']['name']}" for entry in definitions]
    try:
        cluster.kubectl("wait", "--for=condition=Established", f"--timeout={PATIENCE:.0f}s", *names)
        yield
    finally:
        cluster.kubectl("delete", *names)


@contextmanager
def operator(cluster: Cluster, log: Path) -> Iterator[None]:
    """Run the operator on this machine; it works for all namespaces."""
    program = cluster.provisioner.program("operator")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, f"--web.listen-address=127.0.0.1:{free_ports()}"],
            env={**os.environ, "KUBECONFIG": str(cluster.kubeconfig)},
            stdout=output,
            stderr=output,
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


@dataclass(frozen=True)
class Prometheus:
    """One that takes what has the label `release` with the name of its namespace.

    Attributes:
        namespace: its own.
    """

    cluster: Cluster
    namespace: str

    def create(self) -> None:
        """Tell the operator of it, which then makes its configuration and would start it with replicas."""
        wanted = {"matchLabels": {"release": self.namespace}}
        spec = {
            "replicas": 0,
            "version": "v2.42.0",
            "podMonitorSelector": wanted,
            "podMonitorNamespaceSelector": {},
            "ruleSelector": wanted,
            "ruleNamespaceSelector": {},
            "scrapeInterval": "2s",
            "evaluationInterval": "2s",
        }
        self._apply("monitoring.coreos.com/v1", "Prometheus", NAME, {"spec": spec})

    def configuration(self) -> dict[str, Any]:
        """Return the operator's configuration for it; without jobs where there is none yet."""
        found = self.cluster.kubectl(
            "-n", self.namespace, "get", "secret", f"prometheus-{NAME}", "--ignore-not-found", "-o", "json"
        )
        if not found:
            return {"scrape_configs": []}
        text = gzip.decompress(base64.b64decode(json.loads(found)["data"]["prometheus.yaml.gz"])).decode()
        # Variables that the operator sets in its pods.
        text = text.replace("$(SHARD)", "0").replace("$(POD_NAME)", NAME)
        read: dict[str, Any] = YAML(typ="safe").load(text)
        return {**read, "scrape_configs": read.get("scrape_configs") or []}

    def rule_files(self) -> Mapping[str, str]:
        """Return the operator's files of rules for it."""
        found = self.cluster.get("-n", self.namespace, "configmaps")["items"]
        of_rules = [item.get("data", {}) for item in found if item["metadata"]["name"] == _RULES]
        return of_rules[0] if of_rules else {}

    def start(self) -> None:
        """Run it with the configuration that the operator has made by now, for the pods that there are."""
        self.cluster.provisioner.image(catalog.PROMETHEUS_IMAGE)
        loading.load([catalog.PROMETHEUS_IMAGE], self.cluster.node)
        configuration = self.configuration()
        files = {f"{NAME}.json": ""}
        for index, job in enumerate(configuration["scrape_configs"]):
            (place,) = job.pop("kubernetes_sd_configs")
            assert place["role"] == "pod"
            found = [target for namespace in place["namespaces"]["names"] for target in self._targets_in(namespace)]
            files[f"{index}.json"] = json.dumps(found)
            job["file_sd_configs"] = [{"files": [f"{_FILES}/{NAME}/{index}.json"]}]
        # YAML reads JSON.
        files[f"{NAME}.json"] = json.dumps(configuration)
        self._apply("v1", "ConfigMap", NAME, {"data": files})
        folders = {NAME: f"{_FILES}/{NAME}", _RULES: f"{_FILES}/rules/{_RULES}"}
        container = {
            "name": "prometheus",
            "image": catalog.PROMETHEUS_IMAGE,
            "args": [f"--config.file={_FILES}/{NAME}/{NAME}.json", "--storage.tsdb.path=/tmp/data"],
            "readinessProbe": {"httpGet": {"path": "/-/ready", "port": _PORT}, "periodSeconds": 1},
            "volumeMounts": [{"name": name, "mountPath": path} for name, path in folders.items()],
        }
        volumes = [{"name": name, "configMap": {"name": name}} for name in folders]
        # In the node's network it is reached from this machine.
        spec = {"hostNetwork": True, "containers": [container], "volumes": volumes}
        self._apply("v1", "Pod", NAME, {"spec": spec})
        self.cluster.kubectl(
            "-n", self.namespace, "wait", f"pod/{NAME}", "--for=condition=Ready", f"--timeout={PATIENCE:.0f}s"
        )

    def ask(self, path: str) -> Any:
        """Ask its API below /api/v1/; fails the test where it refuses that."""
        url = f"http://{self.cluster.node_address()}:{_PORT}/api/v1/{path}"
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return json.load(answer)["data"]

    def series(self, expression: str) -> list[dict[str, Any]]:
        """Evaluate PromQL now; returns the series, each with its `metric` and its `value`."""
        found: list[dict[str, Any]] = self.ask(f"query?query={quote(expression)}")["result"]
        return found

    def _targets_in(self, namespace: str) -> list[dict[str, Any]]:
        pods = self.cluster.get("-n", namespace, "pods")["items"]
        return [target for pod in pods for target in _targets(pod)]

    def _apply(self, version: str, kind: str, name: str, fields: Mapping[str, Any]) -> None:
        metadata = {"name": name, "namespace": self.namespace}
        self.cluster.apply(json.dumps({"apiVersion": version, "kind": kind, "metadata": metadata, **fields}))


def _targets(pod: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give what Prometheus finds of a pod: each port that a container names, with what is known of it.

    Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#pod
    """
    metadata, spec, status = pod["metadata"], pod["spec"], pod["status"]
    known = {"namespace": metadata["namespace"], "pod_name": metadata["name"], "pod_phase": status["phase"]}
    for label, text in metadata.get("labels", {}).items():
        word = re.sub(r"\W", "_", label)
        known |= {f"pod_label_{word}": text, f"pod_labelpresent_{word}": "true"}
    for container in spec["containers"]:
        for port in container.get("ports", ()):
            about = {"pod_container_name": container["name"], "pod_container_port_name": port.get("name", "")}
            address = f"{status.get('podIP', '')}:{port['containerPort']}"
            labels = {f"__meta_kubernetes_{key}": text for key, text in (known | about).items()}
            yield {"targets": [address], "labels": labels}
