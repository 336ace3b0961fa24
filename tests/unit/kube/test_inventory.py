from __future__ import annotations

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube.holdings.inventory import Inventory
from solakube_core.model import ObjectRef

REFS = (
    ObjectRef("v1", "Namespace", "web"),
    ObjectRef("apps/v1", "Deployment", "web", "web"),
    ObjectRef("v1", "ConfigMap", "web", "web"),
)


def test_what_was_written_down_is_read_again_in_order() -> None:
    inventory = Inventory("wiki", "web", REFS)
    assert Inventory.read("wiki", inventory.manifest()) == inventory


def test_an_inventory_names_each_object_once() -> None:
    assert Inventory("wiki", "web").holding([*REFS, *reversed(REFS)]).refs == REFS


def test_it_is_a_config_map_in_the_components_namespace() -> None:
    manifest = Inventory("wiki", "web").manifest()
    assert ObjectRef.of(manifest) == ObjectRef("v1", "ConfigMap", "solakube-wiki", "web")
    assert manifest["metadata"]["labels"]["solakube.io/component"] == "wiki"


@pytest.mark.parametrize("text", ["nonsense", '["v1", "Pod"]', "{}", "7"])
def test_an_inventory_changed_by_hand_is_an_error_that_names_it(text: str) -> None:
    live = {"metadata": {"namespace": "web"}, "data": {"objects": text}}
    with pytest.raises(SolakubeError, match="what wiki owns") as caught:
        Inventory.read("wiki", live)
    assert "ConfigMap web/solakube-wiki" in caught.value.problems[0].why
