"""What is printed for others to apply."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from solakube_core.kube import KubernetesEngine
from solakube_core.kube.holdings.inventory import Inventory
from solakube_core.model import Manifest, ObjectRef
from tests.e2e.engine import samples
from tests.unit.kube.api_server import ApiServer


def printed(engine: KubernetesEngine, *objects: Manifest) -> dict[ObjectRef, dict[str, Any]]:
    text = engine.render(samples.plan("web", *objects), show_secrets=True)
    return {ObjectRef.of(item): item for item in YAML(typ="safe").load_all(text)}


def test_what_is_printed_bears_our_labels_and_the_inventory_behind_its_namespace(engine: KubernetesEngine) -> None:
    found = printed(engine, samples.config_map("web"), samples.secret("web"))
    assert all(item["metadata"]["labels"]["solakube.io/component"] == "web" for item in found.values())
    namespace, inventory, *others = found
    assert namespace.kind == "Namespace"
    assert Inventory.read("web", found[inventory]).refs == (namespace, *others)
    assert "solakube.io/created" in found[others[1]]["metadata"]["annotations"]


def test_an_object_without_a_namespace_is_printed_in_the_components(engine: KubernetesEngine) -> None:
    page = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "page"}}
    assert ObjectRef("v1", "ConfigMap", "page", "web") in printed(engine, page)


def test_a_namespace_of_others_stays_theirs(engine: KubernetesEngine, server: ApiServer) -> None:
    theirs = ObjectRef("v1", "Namespace", "web")
    server.objects["/api/v1/namespaces/web"] = samples.namespace_object("web")
    found = printed(engine, samples.config_map("web"))
    assert found[theirs]["metadata"] == {"name": "web"}
    assert theirs not in Inventory.read("web", found[Inventory("web", "web").ref]).refs


@pytest.mark.parametrize("show", [True, False])
def test_secret_values_are_printed_where_they_are_asked_for(engine: KubernetesEngine, show: bool) -> None:
    text = engine.render(samples.plan("web", samples.secret("web", "hunter2")), show)
    assert ("aHVudGVyMg==" in text) is show
    assert ("password are secret and left out" in text) is not show
