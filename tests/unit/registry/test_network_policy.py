"""Who may reach the registry's pods where a policy is asked for; judged as a network that keeps to it judges."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from solakube_registry.configure import configure
from solakube_registry.plan import deploy

from solakube_core.errors import SolakubeError
from solakube_core.model import Access, Exposure, Plan, StorageChoice
from solakube_core.testing import Place
from tests.unit.exposure.places import NAMES, Machine, settings
from tests.unit.users.test_front import ADMIN, made, pod

ON = {"REGISTRY_NETWORK_POLICY": "on"}
INGRESS = Exposure("registry", "ingress")
NODE_PORT = Exposure("registry", "nodeport", service={"type": "NodePort"})
LOAD_BALANCER = Exposure("registry", "loadbalancer", service={"type": "LoadBalancer"})


@dataclass(frozen=True)
class Caller:
    """A pod, or a machine outside."""

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    address: str = "203.0.113.7"


TRAEFIK, PROMETHEUS = Caller("traefik"), Caller("monitoring")
OTHER, NEIGHBOUR, OUTSIDE = Caller("shop"), Caller("registry", {"app": "other"}), Caller()
EVERYBODY = (TRAEFIK, PROMETHEUS, OTHER, NEIGHBOUR, OUTSIDE)


def planned(exposure: Exposure | None = None, **values: str) -> Plan:
    return deploy(settings(**ADMIN, **ON, **values), (), StorageChoice("standard", "10Gi"), exposure, Place())


def admitted(plan: Plan, port: int, *callers: Caller) -> list[Caller]:
    """Return who gets to a port of the registry's pods, by the rules of the NetworkPolicy API."""
    spec = made(plan, "NetworkPolicy", NAMES.network_policy.name)["spec"]
    template = made(plan, "Deployment", NAMES.deployment.name)["spec"]["template"]
    assert spec["podSelector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert spec["policyTypes"] == ["Ingress"]
    rules = [rule for rule in spec["ingress"] if port in [entry["port"] for entry in rule["ports"]]]
    return [caller for caller in callers if any(_lets_in(rule, caller) for rule in rules)]


def _lets_in(rule: Any, caller: Caller) -> bool:
    # An absent and an empty list both match all sources.
    peers = rule.get("from") or [{}]
    return any(_matches(peer, caller) for peer in peers)


def _matches(peer: Any, caller: Caller) -> bool:
    if not peer:
        return True
    if "ipBlock" in peer:
        return ipaddress.ip_address(caller.address) in ipaddress.ip_network(peer["ipBlock"]["cidr"])
    spaces = peer.get("namespaceSelector", {"matchLabels": {"kubernetes.io/metadata.name": "registry"}})
    is_there = spaces["matchLabels"] == {"kubernetes.io/metadata.name": caller.namespace}
    labels: Mapping[str, str] = peer.get("podSelector", {}).get("matchLabels", {})
    return is_there and labels.items() <= caller.labels.items()


def test_the_originals_tool_comes_in_where_it_is() -> None:
    tool = Caller("registry", {"app": "reg-tool", "release": "registry"})
    for from_outside, others in ((INGRESS, [TRAEFIK]), (None, [])):
        named = {"REGISTRY_NETWORK_POLICY_FROM": "traefik"} if others else {}
        plan = planned(from_outside, **named, REGISTRY_REGTOOL_IMAGE="byrnedo/reg-tool")
        assert admitted(plan, 5000, tool, *EVERYBODY) == [tool, *others]
        assert admitted(plan, 5002, tool) == []
        assert admitted(planned(from_outside, **named), 5000, tool) == []


def test_there_is_none_unless_it_is_asked_for() -> None:
    plan = deploy(settings(**ADMIN), (), StorageChoice("standard", "10Gi"), INGRESS, Place())
    assert "NetworkPolicy" not in [item["kind"] for item in plan.objects]


def test_behind_an_ingress_its_controller_alone_comes_in() -> None:
    plan = planned(INGRESS, REGISTRY_NETWORK_POLICY_FROM="traefik")
    assert admitted(plan, 5000, *EVERYBODY) == [TRAEFIK]
    for port in (5001, 5002, 5003, 5004, 5005):
        assert admitted(plan, port, *EVERYBODY) == []


def test_a_controller_in_the_nodes_network_is_known_by_its_addresses() -> None:
    node = Caller(address="10.1.2.3")
    plan = planned(INGRESS, REGISTRY_NETWORK_POLICY_FROM="10.1.0.0/16, traefik")
    assert admitted(plan, 5000, node, *EVERYBODY) == [node, TRAEFIK]


@pytest.mark.parametrize("exposure", [NODE_PORT, LOAD_BALANCER])
def test_by_a_port_of_its_own_everybody_comes_to_the_registry_and_to_nothing_else(exposure: Exposure) -> None:
    plan = planned(exposure)
    assert admitted(plan, 5000, *EVERYBODY) == list(EVERYBODY)
    assert admitted(plan, 5002, *EVERYBODY) == []
    office = Caller(address="198.51.100.9")
    limited = planned(exposure, REGISTRY_NETWORK_POLICY_FROM="198.51.100.0/24")
    assert admitted(limited, 5000, office, *EVERYBODY) == [office]


@pytest.mark.parametrize("exposure", [None, Exposure("registry", "none")])
def test_what_is_not_exposed_is_reached_by_the_node_alone(exposure: Exposure | None) -> None:
    plan = planned(exposure)
    assert all(admitted(plan, port, *EVERYBODY) == [] for port in range(5000, 5006))


def test_metrics_are_for_who_scrapes_them_and_maintenance_for_the_job() -> None:
    plan = planned(NODE_PORT, REGISTRY_NETWORK_POLICY_METRICS_FROM="monitoring", REGISTRY_GC_SCHEDULE="30 3 * * *")
    template = made(plan, "CronJob", NAMES.maintenance)["spec"]["jobTemplate"]["spec"]["template"]
    job = Caller("registry", template["metadata"]["labels"])
    stranger = Caller("shop", template["metadata"]["labels"])
    assert admitted(plan, 5002, job, stranger, *EVERYBODY) == [job, PROMETHEUS]


def test_the_ports_are_those_of_the_pod() -> None:
    plan = planned(NODE_PORT, REGISTRY_NETWORK_POLICY_METRICS_FROM="monitoring")
    spec = made(plan, "NetworkPolicy", NAMES.network_policy.name)["spec"]
    named = {port["containerPort"] for container in pod(plan)["containers"] for port in container.get("ports", ())}
    assert {entry["port"] for rule in spec["ingress"] for entry in rule["ports"]} == named


def test_what_would_shut_the_exposure_out_is_refused() -> None:
    for mode in ("ingress", "gateway", "ingressroute"):
        with pytest.raises(SolakubeError, match="would shut out") as raised:
            planned(Exposure("anybody", mode))
        assert "REGISTRY_NETWORK_POLICY_FROM" in str(raised.value)


@pytest.mark.parametrize("caller", ["Traefik", "a.b", "10.0.0.1/8", "300.0.0.0/8", "x/y", "a b"])
@pytest.mark.parametrize("variable", ["REGISTRY_NETWORK_POLICY_FROM", "REGISTRY_NETWORK_POLICY_METRICS_FROM"])
def test_who_is_neither_a_namespace_nor_a_cidr_is_told(variable: str, caller: str) -> None:
    found = configure(settings(**ADMIN, **ON, **{variable: f"fd00::/8,{caller}"}), (), Place()).problems
    assert [problem.what for problem in found] == [
        f"{variable} names {caller!r}, which is neither a namespace nor a CIDR"
    ]


def test_the_permissions_are_named_where_they_are_needed() -> None:
    needed = {Access(verb, "networking.k8s.io", "networkpolicies", "registry") for verb in ("get", "create", "patch")}
    assert needed <= set(configure(settings(**ADMIN, **ON), (), Place()).access)
    assert not needed & set(configure(settings(**ADMIN), (), Place()).access)


def test_one_machine_has_no_policies() -> None:
    found = configure(settings(cluster_type="local", **ADMIN, **ON), (), Machine()).problems
    assert ["one machine" in problem.what for problem in found] == [True]
