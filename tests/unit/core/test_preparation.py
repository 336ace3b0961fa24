from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from solakube_core import hookimpl
from solakube_core.errors import Problem, SolakubeError
from solakube_core.lifecycle.preparation import Preparation
from solakube_core.model import (
    ANYTHING,
    Access,
    Adoptable,
    Backend,
    Configuration,
    Exposure,
    ObjectRef,
    Plan,
    StorageChoice,
    StorageRequest,
)
from solakube_core.plugins import PluginManager
from solakube_core.settings import Settings, Variable, load
from solakube_core.testing import Place

BACKEND = Backend("wiki", "wiki", 80, "http", {"app": "wiki"}, 8080)
DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "wiki"}}
INGRESS = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "wiki"}}
CLAIM = ObjectRef("v1", "PersistentVolumeClaim", "wiki", "wiki")
PORT = Variable("WIKI_PORT", "80", "port", "integer")


@dataclass(eq=False)
class Wiki:
    configuration: Configuration
    choice: StorageChoice = StorageChoice("fast", "1Gi", reason="it is fast")
    exposure: Exposure = Exposure("wiki", "ingress", (INGRESS,))
    seen: Settings | None = None

    @hookimpl
    def configure(self, component: str) -> Configuration | None:
        return self.configuration if component == "wiki" else None

    @hookimpl
    def storage_class(self) -> StorageChoice:
        return self.choice

    @hookimpl
    def expose(self, settings: Settings) -> Exposure:
        return self.exposure

    @hookimpl
    def deploy(self, settings: Settings) -> Plan:
        self.seen = settings
        return Plan("wiki", (DEPLOYMENT,), (), BACKEND, notes=("from the plan",))

    @hookimpl
    def components(self) -> list[Any]:
        return []


def preparation(wiki: Wiki, place: Place | None = None, environment: Mapping[str, str] | None = None) -> Preparation:
    plugins = PluginManager()
    plugins.register(wiki, "wiki")
    environment = {"SK_CLUSTER": "test", "SK_CLUSTER_TYPE": "kind", **(environment or {})}
    settings = load((PORT,), environment, Path("/nonexistent"))
    return Preparation("wiki", plugins, settings, (PORT,), place or Place())


def test_a_sound_component_gets_a_plan_with_its_exposure() -> None:
    request = StorageRequest("wiki", CLAIM, "1Gi")
    wiki = Wiki(Configuration(storage=request, backend=BACKEND, notes=("checked",)))
    prepared = preparation(wiki).prepare()
    assert [item["kind"] for item in prepared.plan.objects] == ["Deployment", "Ingress"]
    assert prepared.storage == wiki.choice
    assert prepared.notes == ("checked", "from the plan")


def test_all_problems_are_told_at_once_and_no_plan_is_made() -> None:
    access = Access("create", "", "secrets", "wiki")
    wiki = Wiki(
        Configuration(
            access=(access,),
            storage=StorageRequest("wiki", CLAIM, "1Gi"),
            backend=BACKEND,
            problems=(Problem("no password"),),
        ),
        StorageChoice("", "1Gi", problems=(Problem("no storage class"),)),
        Exposure("wiki", "ingress", problems=(Problem("no ingress controller"),)),
    )
    with pytest.raises(SolakubeError) as failure:
        preparation(wiki, Place(forbidden=(access,)), {"WIKI_PORT": "eighty"}).prepare()
    text = str(failure.value)
    assert text.startswith("5 problems:")
    for part in (
        "WIKI_PORT",
        "no password",
        "you may not create secrets in namespace wiki",
        "no storage class",
    ):
        assert part in text
    assert "no ingress controller" in text
    assert wiki.seen is None


def test_what_others_have_is_told_beside_what_storage_and_exposure_lack() -> None:
    wiki = Wiki(
        Configuration(storage=StorageRequest("wiki", CLAIM, "1Gi"), backend=BACKEND),
        StorageChoice("", "1Gi", problems=(Problem("it can't grow"),)),
    )
    prepared = replace(preparation(wiki), obstacles=lambda plan: (Problem(f"{plan.component} is taken"),))
    with pytest.raises(SolakubeError) as failure:
        prepared.prepare()
    assert [problem.what for problem in failure.value.problems] == ["it can't grow", "wiki is taken"]


def test_a_plan_adopts_what_its_exposure_may_and_anything_only_if_that_is_asked_for() -> None:
    ingress = Adoptable({"app": "wiki"})
    wiki = Wiki(Configuration(backend=BACKEND), exposure=Exposure("wiki", "ingress", adopts=(ingress,)))
    assert preparation(wiki).prepare().plan.adopts == (ingress,)
    assert replace(preparation(wiki), take_over=True).prepare().plan.adopts == (ANYTHING,)


def test_an_unreachable_place_does_not_hide_what_is_wrong_with_the_settings() -> None:
    wiki = Wiki(Configuration())
    with pytest.raises(SolakubeError) as failure:
        preparation(wiki, Place(unreachable="the cluster can't be reached"), {"WIKI_PORT": "eighty"}).prepare()
    assert "WIKI_PORT" in str(failure.value)
    assert "can't be reached" in str(failure.value)


def test_a_component_without_storage_or_exposure_is_asked_for_neither() -> None:
    prepared = preparation(Wiki(Configuration())).prepare()
    assert prepared.storage is None
    assert prepared.exposure is None
    assert [item["kind"] for item in prepared.plan.objects] == ["Deployment"]


def test_the_storage_can_be_asked_for_alone() -> None:
    request = StorageRequest("wiki", CLAIM, "1Gi")
    wiki = Wiki(Configuration(storage=request, problems=(Problem("no password"),)))
    assert preparation(wiki).negotiate_storage() == wiki.choice


def test_a_component_that_nobody_knows() -> None:
    unknown = preparation(Wiki(Configuration()))
    unknown = Preparation("blog", unknown.plugins, unknown.settings, (), unknown.site)
    with pytest.raises(SolakubeError, match="no installed plugin deploys 'blog'"):
        unknown.prepare()
