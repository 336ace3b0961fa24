from __future__ import annotations

from pathlib import Path

import pytest
from solakube_storage.choice import choose
from solakube_storage.cli import listing
from solakube_storage.preferences import preferences

from solakube_core.cli.output import show
from solakube_core.model import Claim, ObjectRef, StorageChoice, StorageClass, StorageOffer, StorageRequest
from solakube_core.settings import load

CLAIM = ObjectRef("v1", "PersistentVolumeClaim", "registry-docker-registry", "registry")
STANDARD = StorageClass("standard", "rancher.io/local-path", default=True)
HCLOUD = StorageClass("hcloud-volumes", "csi.hetzner.cloud", expandable=True)
LIST = "hcloud-volumes,openebs-hostpath,rook-ceph-block,standard"


def chosen(
    offer: StorageOffer, *, size: str = "10Gi", wanted: tuple[str, ...] = (), **environment: str
) -> StorageChoice:
    request = StorageRequest("registry", CLAIM, size, wanted)
    return choose(request, preferences(request, load((), environment, Path("/nonexistent"))), offer)


def verdicts(choice: StorageChoice) -> list[tuple[str, bool]]:
    return [(entry.name, entry.taken) for entry in choice.candidates]


def test_the_first_available_class_of_the_list_is_taken_and_the_others_are_explained() -> None:
    choice = chosen(StorageOffer((STANDARD,)), REGISTRY_STORAGE_CLASS=LIST)
    assert choice.storage_class == "standard"
    assert verdicts(choice) == [
        ("hcloud-volumes", False),
        ("openebs-hostpath", False),
        ("rook-ceph-block", False),
        ("standard", True),
    ]
    assert choice.candidates[0].why == "not in the cluster"
    assert choice.candidates[3].source == "REGISTRY_STORAGE_CLASS"


@pytest.mark.parametrize("name", ["standard-rwo", "my-standard", "STANDARD", "standar"])
def test_only_the_exact_name_counts(name: str) -> None:
    offer = StorageOffer((StorageClass(name, "standard"),))
    choice = chosen(offer, REGISTRY_STORAGE_CLASS="standard")
    assert choice.storage_class == ""
    assert len(choice.problems) == 1
    assert f"The cluster has: {name}" in choice.problems[0].why


def test_a_look_alike_is_named_as_another_class() -> None:
    choice = chosen(StorageOffer((StorageClass("standard-rwo", "x"),)), REGISTRY_STORAGE_CLASS="standard")
    assert choice.candidates[0].why == "not in the cluster (standard-rwo is another class)"


def test_a_csi_class_needs_its_driver_on_a_node() -> None:
    drivers = frozenset({"csi.hetzner.cloud"})
    absent = chosen(StorageOffer((HCLOUD, STANDARD), drivers), REGISTRY_STORAGE_CLASS=LIST)
    assert absent.storage_class == "standard"
    assert absent.candidates[0].why == "its CSI driver csi.hetzner.cloud is registered on no node"
    ready = chosen(StorageOffer((HCLOUD, STANDARD), drivers, drivers), REGISTRY_STORAGE_CLASS=LIST)
    assert ready.storage_class == "hcloud-volumes"


@pytest.mark.parametrize(
    "lists",
    [
        {"REGISTRY_STORAGE_CLASS": "none-such"},
        {"REGISTRY_STORAGE_CLASS": "none-such", "DEFAULT_STORAGE_CLASS": "standard"},
        {"DEFAULT_STORAGE_CLASS": "none-such"},
    ],
)
def test_a_list_that_is_set_holds_alone(lists: dict[str, str]) -> None:
    choice = chosen(StorageOffer((STANDARD,)), size="10Gi", wanted=(), **lists)
    assert choice.storage_class == ""
    assert verdicts(choice) == [("none-such", False)]
    assert "The cluster has: standard (default)" in choice.problems[0].why


def test_what_the_values_name_holds_alone() -> None:
    assert chosen(StorageOffer((STANDARD,)), wanted=("none-such",), REGISTRY_STORAGE_CLASS="standard").problems


def test_the_default_list_holds_for_a_component_without_its_own() -> None:
    choice = chosen(StorageOffer((STANDARD,)), DEFAULT_STORAGE_CLASS="a, standard ,b")
    assert choice.candidates[-1].source == "DEFAULT_STORAGE_CLASS"
    assert verdicts(choice) == [("a", False), ("standard", True)]


K3S = StorageClass("local-path", "rancher.io/local-path", default=True)


def test_a_cluster_with_nothing_but_a_default_class_of_its_own_works_out_of_the_box() -> None:
    choice = chosen(StorageOffer((K3S,)))
    assert choice.storage_class == "local-path"
    assert choice.reason == "local-path from built-in list: the cluster's default class"


def test_without_a_default_class_the_built_in_list_stands_alone() -> None:
    choice = chosen(StorageOffer((StorageClass("local-path", "rancher.io/local-path"),)))
    assert choice.storage_class == ""
    assert choice.candidates[-1].why == "the cluster marks no class as its default"


def test_a_class_of_the_built_in_list_comes_before_the_default_one() -> None:
    assert chosen(StorageOffer((K3S, HCLOUD))).storage_class == "hcloud-volumes"


@pytest.mark.parametrize("entry", ["default", "none-such, default", "default, standard"])
def test_an_entry_of_a_list_can_stand_for_the_default_class(entry: str) -> None:
    plain = StorageClass("standard", "p")
    assert chosen(StorageOffer((plain, K3S)), REGISTRY_STORAGE_CLASS=entry).storage_class == "local-path"


def test_a_class_that_is_really_called_default_is_taken_where_none_is_marked() -> None:
    named = StorageClass("default", "disk.csi.azure.com")
    assert chosen(StorageOffer((named,)), REGISTRY_STORAGE_CLASS="default").storage_class == "default"
    assert chosen(StorageOffer((named, K3S)), REGISTRY_STORAGE_CLASS="default").storage_class == "local-path"


@pytest.mark.parametrize(
    ("ages", "taken"),
    [
        ({"a": "2026-01-01T00:00:00Z", "b": "2026-01-02T00:00:00Z"}, "b"),
        ({"b": "2026-01-02T00:00:00Z", "a": "2026-01-01T00:00:00Z"}, "b"),
        ({"b": "2026-01-01T00:00:00Z", "a": "2026-01-01T00:00:00Z"}, "a"),
    ],
)
def test_of_several_default_classes_the_newest_is_taken(ages: dict[str, str], taken: str) -> None:
    classes = tuple(StorageClass(name, "p", default=True, created=when) for name, when in ages.items())
    assert chosen(StorageOffer(classes)).storage_class == taken


def test_a_default_class_without_its_driver_is_not_taken() -> None:
    drivers = frozenset({"csi.example.com"})
    csi = StorageClass("fast", "csi.example.com", default=True)
    choice = chosen(StorageOffer((csi,), drivers))
    assert choice.candidates[-1].why == "its CSI driver csi.example.com is registered on no node"


def test_the_components_own_values_come_first() -> None:
    offer = StorageOffer((STANDARD, HCLOUD))
    assert (
        chosen(offer, wanted=("hcloud-volumes",), REGISTRY_STORAGE_CLASS="standard").storage_class == "hcloud-volumes"
    )


def test_a_class_that_two_lists_name_is_judged_once() -> None:
    names = [entry.name for entry in chosen(StorageOffer(), REGISTRY_STORAGE_CLASS="standard,standard").candidates]
    assert sorted(names) == sorted(set(names))


def claim(storage_class: str = "standard", size: str = "10Gi") -> Claim:
    return Claim(CLAIM, storage_class, size, "Bound")


def test_an_existing_claim_keeps_its_class_whatever_the_list_says() -> None:
    offer = StorageOffer((STANDARD, HCLOUD), claim=claim())
    choice = chosen(offer, REGISTRY_STORAGE_CLASS="hcloud-volumes")
    assert choice.storage_class == "standard"
    assert not choice.problems
    assert "the lists would take hcloud-volumes now" in choice.reason


def test_a_claim_of_a_class_that_is_gone_is_kept_all_the_same() -> None:
    assert chosen(StorageOffer((), claim=claim("old"))).storage_class == "old"


def test_a_larger_size_expands_where_the_class_allows_it() -> None:
    offer = StorageOffer((HCLOUD,), claim=claim("hcloud-volumes"))
    choice = chosen(offer, size="20Gi")
    assert (choice.size, choice.problems) == ("20Gi", ())
    assert "expanded from 10Gi to 20Gi" in choice.reason


def test_a_larger_size_is_an_error_where_it_does_not() -> None:
    choice = chosen(StorageOffer((STANDARD,), claim=claim()), size="20Gi")
    assert "can't be expanded" in choice.problems[0].what


def test_a_smaller_size_is_an_error() -> None:
    assert "can't shrink" in chosen(StorageOffer((HCLOUD,), claim=claim("hcloud-volumes")), size="9Gi").problems[0].what


def test_the_same_size_in_other_words_is_no_change() -> None:
    assert chosen(StorageOffer((STANDARD,), claim=claim(size="1Gi")), size="1024Mi").size == "1Gi"


@pytest.mark.parametrize("size", ["", "10GB", "0", "-1Gi", "lots"])
def test_a_size_that_is_none_is_told(size: str) -> None:
    assert "is no Kubernetes quantity" in chosen(StorageOffer((STANDARD,)), size=size).problems[0].what


def test_each_component_is_told_of_its_own_settings() -> None:
    (problem,) = choose(StorageRequest("my-wiki", CLAIM, "much"), (), StorageOffer((STANDARD,))).problems
    assert problem.remedy == "correct MY_WIKI_PVC_SIZE, or persistence.size in chart-values.yaml"


def test_where_there_is_one_place_there_is_nothing_to_choose() -> None:
    choice = chosen(StorageOffer(sole="a folder on this machine: /data"))
    assert choice == StorageChoice("", "10Gi", reason="a folder on this machine: /data")


def test_the_table_for_people_has_a_line_for_each_candidate(capsys: pytest.CaptureFixture[str]) -> None:
    show(listing(chosen(StorageOffer((STANDARD,)), REGISTRY_STORAGE_CLASS="hcloud-volumes,standard")), "table")
    assert capsys.readouterr().out.splitlines() == [
        "CLASS           RESULT       SOURCE                  WHY",
        "hcloud-volumes  passed over  REGISTRY_STORAGE_CLASS  not in the cluster",
        "standard        taken        REGISTRY_STORAGE_CLASS  the first that is available",
        "standard from REGISTRY_STORAGE_CLASS: the first that is available",
    ]


@pytest.mark.parametrize("size", ["10Gi", "20Gi"])
def test_a_claim_keeps_its_class_where_the_classes_may_not_be_seen(size: str) -> None:
    offer = StorageOffer(claim=Claim(CLAIM, "standard", "10Gi", "Bound"), seen=False)
    choice = chosen(offer, size=size, REGISTRY_STORAGE_CLASS=LIST)
    assert (choice.storage_class, choice.size, choice.problems) == ("standard", size, ())
