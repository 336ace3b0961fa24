"""Measures deployments in one run on one cluster: `python -m benchmarks.deploy --help`."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from benchmarks.deploy.chart import chart_of_same_shape
from benchmarks.timing import Side, command, compare

NAMESPACE = "registry"


def main() -> None:
    """Compare sk with helm and print the ratios."""
    options = _options()
    environment = {
        **os.environ,
        "KUBECONFIG": options.kubeconfig,
        "SK_CLUSTER": "benchmark",
        "SK_CLUSTER_TYPE": "kind",
        "REGISTRY_ADMIN_PASSWORD": "benchmark",
        "REGISTRY_EXPOSE": "none",
    }
    with tempfile.TemporaryDirectory() as folder:
        environment["HOME"] = folder
        chart = chart_of_same_shape(options.sk, environment, Path(folder) / "chart")
        helm = [options.helm, "--namespace", NAMESPACE]
        install = [*helm, "install", "registry", str(chart), "--create-namespace", "--wait"]
        upgrade = [*helm, "upgrade", "registry", str(chart), "--wait"]
        deploy = [options.sk, "deploy", "registry"]
        undeploy = [options.sk, "undeploy", "registry", "--yes", "--delete-data"]
        delete = [options.kubectl, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait"]
        clean = command(delete, environment)

        print(f"{options.rounds} rounds, in turns, medians with smallest and largest")
        print(
            compare(
                "deploy to ready",
                Side("sk deploy", command(deploy, environment), clean),
                Side("helm install --wait", command(install, environment), clean),
                options.rounds,
            )
        )
        clean()
        command(deploy, environment)()
        again = Side("sk deploy", command(deploy, environment))
        for _ in range(options.rounds):
            again.round()
        command(undeploy, environment)()
        clean()
        command(install, environment)()
        noop = Side("helm upgrade --wait", command(upgrade, environment))
        for _ in range(options.rounds):
            noop.round()
        clean()
        print(compare("nothing to change", again, noop, 0))
        print(
            compare(
                "start-up",
                Side("sk --help", command([options.sk, "--help"], environment)),
                Side("helm version", command([options.helm, "version"], environment)),
                max(10, options.rounds),
            )
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deploy", description=__doc__)
    parser.add_argument("--kubeconfig", default=os.environ.get("KUBECONFIG", ""), help="a cluster to spoil")
    parser.add_argument("--rounds", type=int, default=3)
    for program in ("sk", "helm", "kubectl"):
        parser.add_argument(f"--{program}", default=shutil.which(program) or program, metavar="FILE")
    options = parser.parse_args()
    if not options.kubeconfig:
        parser.error("--kubeconfig or KUBECONFIG is needed")
    return options


if __name__ == "__main__":
    main()
