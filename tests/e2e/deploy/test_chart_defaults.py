"""Who copied the Helm chart's values whole gets a registry, and maintenance still has what it relies on."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.support.installation import Installation

CHART = Path(__file__).parents[2] / "unit/registry/chart-3.0.0-values.yaml"


def test_the_charts_own_values_deploy_and_metrics_are_reached_through_maintenance_alone(inside: Installation) -> None:
    values = CHART.read_text().replace("tag: 3.0.0", 'tag: "3"').replace("enabled: false, size", "enabled: true, size")
    inside.write("deployment/registry/chart-values.yaml", values)
    told = inside.sk("deploy", "registry")
    assert told.ok() is not None
    assert "configData.storage.cache of the chart's own values is left out" in told.stdout + told.stderr
    assert "freed 0 B" in inside.sk("registry", "garbage-collect").ok()

    def status(host: str, port: int, path: str) -> str:
        code = (
            "import urllib.request as r, urllib.error as e\n"
            f"try: print(r.urlopen('http://{host}:{port}{path}', timeout=60).status)\n"
            "except e.HTTPError as error: print(error.code)\n"
            "except OSError: print('closed')"
        )
        pod, where = inside.pod()["metadata"]["name"], ("-n", inside.name)
        return inside.cluster.kubectl(*where, "exec", pod, "-c", "reg-tool", "--", "python3", "-c", code).strip()

    address = inside.pod()["status"]["podIP"]
    assert status("127.0.0.1", 5001, "/metrics") == "200"
    assert status(address, 5001, "/metrics") == "closed"
    assert status(address, 5002, "/metrics/registry") == "200"
    assert status(address, 5002, "/debug/pprof/") == "404"
