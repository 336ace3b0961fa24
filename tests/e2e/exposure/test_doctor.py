"""`sk registry doctor` on a cluster of two nodes, one of which does not trust the registry's authority."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import pytest

from tests.e2e.support.hosts import NamedHosts
from tests.e2e.support.installation import Installation
from tests.e2e.support.waiting import eventually
from tests.e2e.testbed import loading
from tests.e2e.testbed.catalog import PYTHON_IMAGE

CHECKS = ("name", "trust", "login", "pull", "first_byte", "speed")
_NAMES = "{range .items[*]}{.metadata.namespace}/{.metadata.name} {end}"


@pytest.fixture
def on_two_nodes(exposed: Installation, named_hosts: NamedHosts) -> Iterator[Installation]:
    """An installation with the registry's own authority, deployed: both nodes know its name, the first trusts it."""
    cluster = exposed.cluster
    loading.load([PYTHON_IMAGE], cluster.second_node)
    named_hosts.add_on_node(cluster, exposed.host, cluster.node_address(), cluster.second_node)
    exposed.environment = {"REGISTRY_EXPOSE": "ingress", "REGISTRY_TLS": "self-signed"}
    exposed.sk("deploy", "registry").ok()
    exposed.sk("registry", "trust", "--apply", "--yes").ok()
    cluster.on_node("rm", "-r", f"/etc/containerd/certs.d/{exposed.host}", node=cluster.second_node)
    cluster.kubectl("cordon", cluster.second_node)
    yield exposed
    cluster.kubectl("uncordon", cluster.second_node)


def made_by_the_doctor(installation: Installation) -> list[str]:
    """Return what is there of it: namespaces that are not being deleted, users and tags."""
    living = (entry["metadata"] for entry in installation.cluster.get("namespaces")["items"])
    found = [entry["name"] for entry in living if "deletionTimestamp" not in entry]
    found += installation.sk("registry", "user", "list", "-o", "name").ok().split()
    found += installation.sk("registry", "list", "--tags", "-o", "name").ok().split()
    return [name for name in found if "doctor" in name or "solakube/verify" in name]


def test_each_node_tells_whether_it_can_pull(on_two_nodes: Installation) -> None:
    is_told_of_the_node_that_lacks_the_authority(on_two_nodes)
    on_two_nodes.sk("registry", "trust", "--apply", "--yes").ok()
    is_told_that_both_are_sound(on_two_nodes)
    assert made_by_the_doctor(on_two_nodes) == []
    interrupted(on_two_nodes)
    assert made_by_the_doctor(on_two_nodes) == []


def is_told_of_the_node_that_lacks_the_authority(installation: Installation) -> None:
    first, second = installation.cluster.node, installation.cluster.second_node
    address = installation.cluster.node_address()
    told = installation.sk("registry", "doctor")
    assert told.exit_code == 1, told.stderr
    heading, *rows = told.stdout.splitlines()
    assert heading.split() == ["NODE", "NAME", "TRUST", "LOGIN", "PULL", "FIRST", "BYTE", "SPEED", "REMARKS"]
    (sound,), (unsound,) = ([row for row in rows if row.startswith(f"{name} ")] for name in (first, second))
    assert sound.split()[1:5] == [address, "ok", "ok", "ok"], told.stdout + told.stderr
    assert unsound.split()[1:6] == [address, "failed", "not", "known", "failed"], told.stdout
    assert "cordoned, tainted solakube.test/second-node:NoSchedule" in unsound
    why = f"{second}: trust, pull failed: the node {second} does not trust the certificate authority"
    assert [row for row in rows if row.startswith(why)]
    assert "  what to do: make the nodes trust it: sk registry trust" in rows
    assert installation.password not in told.stdout + told.stderr


def is_told_that_both_are_sound(installation: Installation) -> None:
    told = json.loads(installation.sk("registry", "doctor", "-o", "json").ok())
    assert told["total"] == {"nodes": 2, "sound": 2}
    nodes = {item["node"]: item for item in told["items"]}
    assert set(nodes) == {installation.cluster.node, installation.cluster.second_node}
    for item in nodes.values():
        assert {check: item[check]["state"] for check in CHECKS} == dict.fromkeys(CHECKS, "ok")
        assert item["name"]["value"] == [installation.cluster.node_address()]
        assert item["first_byte"]["value"] > 0
        assert item["speed"]["value"] > 0


def interrupted(installation: Installation) -> None:
    began = installation.runner.start("registry", "doctor", env=installation.settings())

    def looks() -> bool:
        assert began.poll() is None, began.communicate()[0]
        return "/look-" in installation.cluster.kubectl("get", "pods", "--all-namespaces", "-o", f"jsonpath={_NAMES}")

    try:
        eventually(looks, "a pod looks from a node", pause=0)
        began.send_signal(signal.SIGINT)
        printed = began.communicate(timeout=300)[0]
    finally:
        began.kill()
        began.wait()
    assert began.returncode == 130, printed
