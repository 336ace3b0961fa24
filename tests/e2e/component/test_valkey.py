"""The example with a component of its own lives the same life on both engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.local.machine import free_ports
from tests.e2e.support.examples import Environment, built
from tests.e2e.support.programs import Result, Runner
from tests.e2e.testbed import loading
from tests.e2e.testbed.catalog import VALKEY_IMAGE
from tests.e2e.testbed.cluster import Cluster
from tests.e2e.testbed.provisioner import Provisioner

Sk = Callable[..., Result]


@pytest.fixture
def installed(sk: Runner, provisioner: Provisioner, tmp_path: Path) -> Runner:
    """`sk` with the plugin, and the image that it names."""
    environment = Environment(tmp_path / "venv")
    environment.pip("install", "--no-deps", built("solakube-valkey", tmp_path))
    provisioner.image(VALKEY_IMAGE)
    return replace(sk, program=environment.sk)


@pytest.fixture
def on_this_machine(installed: Runner) -> Iterator[Sk]:
    def run(*arguments: str) -> Result:
        return installed(*arguments, env={"SK_CLUSTER_TYPE": "local", "VALKEY_PORT": str(port)})

    port = free_ports()
    yield run
    run("undeploy", "valkey", "--yes", "--delete-data")


@pytest.fixture
def in_the_cluster(installed: Runner, cluster: Cluster) -> Iterator[Sk]:
    def run(*arguments: str) -> Result:
        settings = {"KUBECONFIG": str(cluster.kubeconfig), "SK_CLUSTER": "e2e", "SK_CLUSTER_TYPE": "kind"}
        return installed(*arguments, env=settings)

    loading.load([VALKEY_IMAGE], cluster.node)
    yield run
    run("undeploy", "valkey", "--yes", "--delete-data")
    cluster.kubectl("delete", "namespace", "valkey", "--ignore-not-found", "--wait=false")


def test_on_this_machine_it_keeps_what_it_holds(on_this_machine: Sk) -> None:
    lives(on_this_machine)
    assert "valkey is ready at redis://127.0.0.1:" in on_this_machine("deploy", "valkey").ok()


def test_in_the_cluster_it_keeps_what_it_holds(in_the_cluster: Sk) -> None:
    lives(in_the_cluster)


def lives(sk: Sk) -> None:
    """Deploy it, fill it, deploy it again, remove it, and find all of it after the next deployment."""
    sk("deploy", "valkey").ok()
    password = sk("valkey", "password").ok()
    assert sk("valkey", "call", "SET", "greeting", "hello").ok() == "OK\n"
    assert sk("status", "valkey").exit_code == 0
    sk("deploy", "valkey").ok()
    assert sk("valkey", "password").ok() == password
    sk("undeploy", "valkey", "--yes").ok()
    assert "valkey is not deployed" in sk("valkey", "call", "GET", "greeting").refused()
    sk("deploy", "valkey").ok()
    assert sk("valkey", "call", "GET", "greeting").ok() == "hello\n"
    assert sk("valkey", "call", "KEYS", "*").ok() == "greeting\n"
