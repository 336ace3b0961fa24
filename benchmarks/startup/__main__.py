"""Measures short commands in one run: `python -m benchmarks.startup --help`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.maintenance.images import pushed_images
from benchmarks.maintenance.trees import TreeWriter
from benchmarks.timing import Side, command, compare
from tests.e2e.local.machine import free_ports
from tests.e2e.testbed.provisioner import REGISTRY_LINES, Provisioner

PASSWORD = "benchmark"

_NOT_PASSED = ("SK_", "REGISTRY_", "PYTHON")
"""Begin the names of variables that would change what is measured, as PYTHONUNBUFFERED does."""


def measure(environment: dict[str, str], host: str, rounds: int) -> Iterator[str]:
    """Compare help and a Tab with kubectl's, and a listing with crane's."""
    sk = str(Path(sys.executable).with_name("sk"))
    crane = str(Provisioner().program("crane"))
    kubectl = shutil.which("kubectl") or str(Provisioner().kubectl())
    command([crane, "auth", "login", host, "-u", "admin", "-p", PASSWORD], environment)()
    ours = Side("sk --help", command([sk, "--help"], environment))
    yield compare("help", ours, Side("kubectl version", command([kubectl, "version", "--client"])), rounds=rounds)
    ours = Side("sk registry list", command([sk, "registry", "list"], environment))
    yield compare("list", ours, Side("crane catalog", command([crane, "catalog", host], environment)), rounds=rounds)
    typed = {"_SK_COMPLETE": "bash_complete", "COMP_WORDS": "sk registry list ", "COMP_CWORD": "3"}
    ours = Side("sk registry list <Tab>", command([sk], {**environment, **typed}))
    peer = Side("kubectl <Tab>", command([kubectl, "__complete", ""], environment))
    yield compare("completing a repository", ours, peer, rounds=rounds)
    table = [sk, "registry", "list", "--tags", "-o", "table"]
    yield compare("all tags as a table", Side("sk", command(table, environment)), rounds=max(1, rounds // 3))


def main() -> None:
    """Deploy a registry on this machine, measure, and remove it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--repositories", type=int, default=2000, metavar="N", help="3.5 tags each")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    sk = str(Path(sys.executable).with_name("sk"))
    with tempfile.TemporaryDirectory() as home:
        port = free_ports()
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(_NOT_PASSED)},
            "HOME": home,
            "DOCKER_CONFIG": home,
            "SK_CLUSTER_TYPE": "local",
            "REGISTRY_PORT": str(port),
            "REGISTRY_ADMIN_PASSWORD": PASSWORD,
            "REGISTRY_BINARY": str(Provisioner().registry(REGISTRY_LINES[-1])),
        }
        TreeWriter(Path(home) / ".local/share/solakube/local/registry").write(pushed_images(options.repositories))
        command([sk, "deploy", "registry"], environment)()
        try:
            print(f"{options.rounds} rounds in turns, medians with smallest and largest", flush=True)
            for line in measure(environment, f"127.0.0.1:{port}", options.rounds):
                print(line, flush=True)
        finally:
            command([sk, "undeploy", "registry", "--yes"], environment)()


if __name__ == "__main__":
    main()
