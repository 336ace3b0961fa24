"""Measures deployments in one run on one cluster: `python -m benchmarks.deploy --help`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

from benchmarks.deploy.chart import chart_of_same_shape
from benchmarks.deploy.cluster import temporary_cluster
from benchmarks.timing import Action, Side, command, compare
from tests.e2e.testbed.provisioner import Provisioner

NAMESPACE = "registry"


class Contest:
    """The same registry, deployed by sk and by helm.

    Each side starts from a cluster without the namespace.
    """

    def __init__(self, programs: Mapping[str, str], environment: Mapping[str, str], rounds: int, folder: Path) -> None:
        self._rounds, self._environment = rounds, environment
        sk, helm, kubectl = programs["sk"], programs["helm"], programs["kubectl"]
        chart = str(chart_of_same_shape(sk, environment, folder / "chart"))
        release = [helm, "--namespace", NAMESPACE]
        self._deploy = self._command(sk, "deploy", "registry")
        self._install = self._command(*release, "install", "registry", chart, "--create-namespace", "--wait")
        self._upgrade = self._command(*release, "upgrade", "registry", chart, "--wait")
        self._clean = self._command(kubectl, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait")
        self._help = self._command(sk, "--help")
        self._version = self._command(helm, "version")

    def deploy_to_ready(self) -> str:
        """From nothing until the registry is ready."""
        ours = Side("sk deploy", self._deploy, self._clean)
        peer = Side("helm install --wait", self._install, self._clean)
        return compare("deploy to ready", ours, peer, rounds=self._rounds)

    def nothing_to_change(self) -> str:
        """The same command once more, on a registry that is as it should be."""
        ours = Side("sk deploy", self._deploy)
        peer = Side("helm upgrade --wait", self._upgrade)
        for side, prepare in ((ours, self._deploy), (peer, self._install)):
            self._clean()
            prepare()
            for _ in range(self._rounds):
                side.round()
        self._clean()
        return compare("nothing to change", ours, peer, rounds=0)

    def start_up(self) -> str:
        """The shortest command there is."""
        ours, peer = Side("sk --help", self._help), Side("helm version", self._version)
        return compare("start-up", ours, peer, rounds=max(10, self._rounds))

    def _command(self, *arguments: str) -> Action:
        return command(arguments, self._environment)


def main() -> None:
    """Compare sk with helm and print the ratios."""
    options = _options()
    provisioner = Provisioner()
    programs = {
        "sk": options.sk,
        "helm": str(provisioner.program("helm")),
        "kubectl": str(provisioner.kubectl()),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = nullcontext(Path(options.kubeconfig)) if options.kubeconfig else temporary_cluster(provisioner, folder)
        with given as kubeconfig:
            environment = {
                **{key: value for key, value in os.environ.items() if not key.startswith(("SK_", "REGISTRY_"))},
                "HOME": name,
                "KUBECONFIG": str(kubeconfig.absolute()),
                "SK_CLUSTER": "benchmark",
                "SK_CLUSTER_TYPE": "kind",
                "REGISTRY_ADMIN_PASSWORD": "benchmark",
                "REGISTRY_EXPOSE": "none",
            }
            contest = Contest(programs, environment, options.rounds, folder)
            print(f"{options.rounds} rounds, medians with smallest and largest")
            for measure in (contest.deploy_to_ready, contest.nothing_to_change, contest.start_up):
                print(measure(), flush=True)


def _options() -> argparse.Namespace:
    beside = Path(sys.executable).with_name("sk")
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deploy", description=__doc__)
    parser.add_argument(
        "--kubeconfig", help="a cluster to use; its namespace `registry` is deleted (default: a new one)"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sk", default=str(beside) if beside.exists() else shutil.which("sk") or "sk", metavar="FILE")
    return parser.parse_args()


if __name__ == "__main__":
    main()
