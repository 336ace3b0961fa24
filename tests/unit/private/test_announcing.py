"""The ConfigMap by which development tools find the registry."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from ruamel.yaml import YAML
from solakube_registry.configure import configure
from solakube_registry.plan import deploy

from solakube_core.errors import SolakubeError
from solakube_core.model import Access, Address, Exposure, Plan, StorageChoice
from solakube_core.testing import Place
from tests.unit.exposure.places import Machine, settings

GIVEN = {"REGISTRY_ADMIN_PASSWORD": "correct horse", "REGISTRY_ANNOUNCE": "Y"}
EXPOSED = Exposure("registry", "ingress", address=Address("https://registry.example.com"))
NODE_PORT = Exposure("registry", "nodeport", address=Address("http://192.0.2.7:30500"), service={"type": "NodePort"})


def planned(exposure: Exposure | None, values: Mapping[str, str] = GIVEN, place: Place | None = None) -> Plan:
    return deploy(settings(**values), (), StorageChoice("standard", "10Gi"), exposure, place or Place())


def announced(plan: Plan) -> list[dict[str, str]]:
    found = [thing for thing in plan.objects if thing["metadata"]["name"] == "local-registry-hosting"]
    assert all((thing["kind"], thing["metadata"]["namespace"]) == ("ConfigMap", "kube-public") for thing in found)
    return [YAML(typ="safe").load(thing["data"]["localRegistryHosting.v1"]) for thing in found]


@pytest.mark.parametrize(
    ("exposure", "host"), [(EXPOSED, "registry.example.com"), (NODE_PORT, "192.0.2.7:30500")], ids=["name", "port"]
)
def test_it_tells_the_address_and_the_service(exposure: Exposure, host: str) -> None:
    (told,) = announced(planned(exposure))
    assert told == {"host": host, "hostFromClusterNetwork": "registry-docker-registry.registry.svc:5000"}


def test_nothing_is_announced_unasked() -> None:
    values = {**GIVEN, "REGISTRY_ANNOUNCE": "N"}
    assert announced(planned(EXPOSED, values)) == []
    assert not public(configure(settings(**values), (), Place()).access)
    assert public(configure(settings(**GIVEN), (), Place()).access) == {"get", "create", "patch"}


def public(access: tuple[Access, ...]) -> set[str]:
    return {need.verb for need in access if need.namespace == "kube-public"}


@pytest.mark.parametrize("exposure", [None, Exposure("registry", "none")], ids=["none", "inside"])
def test_without_an_address_there_is_nothing_to_announce(exposure: Exposure | None) -> None:
    with pytest.raises(SolakubeError, match="REGISTRY_ANNOUNCE has nothing to announce"):
        planned(exposure)


def test_on_one_machine_it_has_no_effect_and_that_is_said() -> None:
    plan = planned(None, place=Machine())
    assert announced(plan) == []
    assert any("REGISTRY_ANNOUNCE" in note and "no effect on one machine" in note for note in plan.notes)
